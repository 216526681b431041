// Folders as a tree: roles first, then the user's own by name, nested by the server's delimiter.

import type { Folder, FolderRole } from "../ipc";

export interface FolderNode {
  folder: Folder;
  children: FolderNode[];
}

const ORDER: readonly FolderRole[] = ["inbox", "drafts", "sent", "archive", "junk", "trash", "all", "flagged", "other"];

function compare(collator: Intl.Collator): (a: FolderNode, b: FolderNode) => number {
  return (a, b) =>
    ORDER.indexOf(a.folder.role) - ORDER.indexOf(b.folder.role) || collator.compare(a.folder.name, b.folder.name);
}

/** The path of the folder that holds this one; a folder with a role stands on the first level. */
function parentPath(folder: Folder): string | undefined {
  if (folder.role !== "other" || folder.delimiter === "") return undefined;
  const cut = folder.path.lastIndexOf(folder.delimiter);
  return cut > 0 ? folder.path.slice(0, cut) : undefined;
}

/** The folders of one account, nested. A folder whose parents are unknown hangs under the nearest one that is known. */
export function folderTree(folders: readonly Folder[], locale: string): FolderNode[] {
  const nodes = new Map<string, FolderNode>(folders.map((folder) => [folder.path, { folder, children: [] }]));
  const roots: FolderNode[] = [];
  for (const node of nodes.values()) {
    let path = parentPath(node.folder);
    while (path !== undefined && !nodes.has(path)) {
      const cut = path.lastIndexOf(node.folder.delimiter);
      path = cut > 0 ? path.slice(0, cut) : undefined;
    }
    const parent = path === undefined ? undefined : nodes.get(path);
    // Many servers keep every folder under INBOX; nesting all of them there would only hide them.
    if (parent && parent.folder.role !== "inbox") parent.children.push(node);
    else roots.push(node);
  }
  const by = compare(new Intl.Collator(locale, { numeric: true, sensitivity: "base" }));
  const sort = (list: FolderNode[]) => {
    list.sort(by);
    for (const node of list) sort(node.children);
  };
  sort(roots);
  return roots;
}
