// What each account keeps on this computer, read anew while it changes; and a change that waits for the user's word,
// because mail would go from here.
import { ipc } from "../ipc";
import type { AccountQuota, Event, Offline, OfflineChange, Status } from "../ipc";
import { throttle } from "../lib/throttle";

export type Rule =
  | { of: "account"; account: number; keep: string; budget: number }
  | { of: "folder"; account: number; folder: number; keep: string | null };

interface Asked {
  rule: Rule;
  change: OfflineChange;
}

/** How often it is looked while mail comes or goes, ms. */
const LOOK = 1000;

export class OfflineState {
  accounts = $state.raw<ReadonlyMap<number, Offline>>(new Map());
  /** The fullest limit of each account on its server, where that tells. */
  quotas = $state.raw<ReadonlyMap<number, AccountQuota>>(new Map());
  status = $state.raw<Status | undefined>(undefined);
  /** What is asked about, and what it would change. */
  asked = $state.raw<Asked | undefined>(undefined);
  /** The rule that is being looked at or carried out. */
  busy = $state.raw<Rule | undefined>(undefined);
  /** Whether `busy` is carried out, so that mail may be going. */
  going = $state(false);
  failure = $state.raw<unknown>(undefined);
  readonly #ids: () => readonly number[];
  #asking = 0;

  /** `ids` names the accounts that there are. */
  constructor(ids: () => readonly number[]) {
    this.#ids = ids;
  }

  readonly refresh = throttle(() => void this.load(), LOOK);

  /** Reads everything; a late answer to an earlier question is dropped. */
  async load(): Promise<void> {
    const asked = ++this.#asking;
    try {
      const ids = this.#ids();
      const offline = Promise.all(ids.map((id) => ipc.offline(id)));
      const [status, quotas, all] = await Promise.all([ipc.status(), ipc.quotas(), offline]);
      if (asked !== this.#asking) return;
      this.status = status;
      this.quotas = fullest(quotas);
      this.accounts = new Map(all.flatMap((offline, n) => (ids[n] === undefined ? [] : [[ids[n], offline] as const])));
    } catch (thrown) {
      if (asked === this.#asking) this.failure = thrown;
    }
  }

  hear(event: Event): void {
    if (event.event !== "pending" && event.event !== "coming" && event.event !== "account") this.refresh();
  }

  /** Carries a rule out at once, or asks first where mail would go from this computer. */
  async choose(rule: Rule): Promise<void> {
    this.asked = undefined;
    this.failure = undefined;
    this.busy = rule;
    try {
      const change = await (rule.of === "account"
        ? ipc.offlinePreview(rule.account, rule.keep, rule.budget)
        : ipc.offlineFolderPreview(rule.folder, rule.keep));
      if (this.busy !== rule) return;
      if (change.goes > 0) this.asked = { rule, change };
      else await this.#set(rule);
    } catch (thrown) {
      this.failure = thrown;
    } finally {
      if (this.busy === rule) this.busy = undefined;
    }
  }

  /** The user said yes. */
  async confirm(): Promise<void> {
    const rule = this.asked?.rule;
    this.asked = undefined;
    if (!rule) return;
    this.busy = rule;
    try {
      await this.#set(rule);
    } catch (thrown) {
      this.failure = thrown;
    } finally {
      if (this.busy === rule) this.busy = undefined;
    }
  }

  async #set(rule: Rule): Promise<void> {
    this.going = true;
    // The core answers once all of it is gone; until then what is left is shown as it shrinks.
    const looking = setInterval(() => this.refresh(), LOOK);
    try {
      await (rule.of === "account"
        ? ipc.offlineSet(rule.account, rule.keep, rule.budget)
        : ipc.offlineFolderSet(rule.folder, rule.keep));
    } finally {
      clearInterval(looking);
      this.going = false;
      await this.load();
    }
  }
}

/** How full the server is, 0 to 1. */
export const fullness = ({ used_bytes, limit_bytes }: AccountQuota): number =>
  limit_bytes > 0 ? used_bytes / limit_bytes : 1;

function fullest(quotas: readonly AccountQuota[]): ReadonlyMap<number, AccountQuota> {
  const found = new Map<number, AccountQuota>();
  for (const quota of quotas) {
    const other = found.get(quota.account);
    if (!other || fullness(quota) > fullness(other)) found.set(quota.account, quota);
  }
  return found;
}
