// What the fake core keeps here: the rules, and which of its mails are whole by them.
import type { FolderOffline, Offline, OfflineChange } from "..";
import type { FakeCore } from "./core";
import type { FakeMail } from "./mails";

const MONTH = 2_629_746_000;

interface Rules {
  keep: string;
  budget: number;
}

export class FakeOffline {
  readonly #core: FakeCore;
  readonly #accounts = new Map<number, Rules>();
  readonly #folders = new Map<number, string>();

  constructor(core: FakeCore) {
    this.#core = core;
  }

  #rules(account: number): Rules {
    return this.#accounts.get(account) ?? { keep: "all", budget: 50 * 1024 ** 3 };
  }

  of(account: number): Offline {
    const { keep, budget } = this.#rules(account);
    const folders = this.#core.folders
      .filter((folder) => folder.account === account && folder.selectable)
      .map(({ id, path }): FolderOffline => {
        const mails = this.#core.mails.filter(({ row }) => row.folder === id);
        const here = mails.filter(({ row }) => row.has_body);
        const bytes = here.reduce((sum, { row }) => sum + row.size, 0);
        return {
          folder: id,
          path,
          keep: this.#folders.get(id) ?? null,
          messages: mails.length,
          bodies: here.length,
          bytes,
        };
      });
    return { keep, budget_bytes: budget, folders };
  }

  #wanted({ row }: FakeMail, keep: string): boolean {
    if (keep === "all" || keep === "headers") return keep === "all";
    return row.date >= Date.now() - Number.parseInt(keep, 10) * MONTH;
  }

  #change(mails: readonly FakeMail[], keep: (mail: FakeMail) => string): OfflineChange {
    const sum = (some: readonly FakeMail[]) => some.reduce((all, { row }) => all + row.size, 0);
    const goes = mails.filter((mail) => mail.row.has_body && !this.#wanted(mail, keep(mail)));
    const comes = mails.filter((mail) => !mail.row.has_body && this.#wanted(mail, keep(mail)));
    return { goes: goes.length, goes_bytes: sum(goes), comes: comes.length, comes_bytes: sum(comes) };
  }

  preview(account: number, keep: string, budget: number): OfflineChange {
    const mails = this.#core.mails.filter(({ row }) => row.account === account);
    const all = mails.reduce((sum, { row }) => sum + row.size, 0);
    if (budget > 0 && all > budget) return this.#change(mails, () => "headers");
    return this.#change(mails, ({ row }) => this.#folders.get(row.folder) ?? keep);
  }

  folderPreview(folder: number, keep: string | null): OfflineChange {
    const mails = this.#core.mails.filter(({ row }) => row.folder === folder);
    return this.#change(mails, ({ row }) => keep ?? this.#rules(row.account).keep);
  }

  set(account: number, keep: string, budget: number): null {
    this.#accounts.set(account, { keep, budget });
    return this.#apply(account);
  }

  folderSet(id: number, keep: string | null): null {
    if (keep === null) this.#folders.delete(id);
    else this.#folders.set(id, keep);
    return this.#apply(this.#core.folders.find((folder) => folder.id === id)?.account ?? 0);
  }

  #apply(account: number): null {
    for (const mail of this.#core.mails.filter(({ row }) => row.account === account))
      mail.row.has_body = this.#wanted(mail, this.#folders.get(mail.row.folder) ?? this.#rules(account).keep);
    this.#core.emit({ event: "folders", account });
    return null;
  }
}
