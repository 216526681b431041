// The one door to the core. Nothing else in the app imports @tauri-apps: a result is unwrapped here into its value or
// a thrown `FaultError`, and the fake core of the mock and of the tests is put in the place of the real one here.
import { commands as all } from "./bindings";
import type { Event, Fault } from "./bindings";
import { Channel } from "./invoke";

export type * from "./bindings";

// What only the window can do stands in `Backend` by itself.
const { hear, pickSavePath: pickPath, pickFolder: pickPlace, ...commands } = all;
type Commands = typeof commands;
type Outcome<T> = { status: "ok"; data: T } | { status: "error"; error: Fault };
type Unwrapped = {
  [K in keyof Commands]: Commands[K] extends (...args: infer A) => Promise<Outcome<infer T>>
    ? (...args: A) => Promise<T>
    : never;
};

/** What the app needs of a core and of the window around it. */
export interface Backend {
  commands: Commands;
  /** Calls `heard` for every change; the answer stops it. */
  listen(heard: (event: Event) => void): Promise<() => void>;
  /** Calls `heard` when the system asked for something (`asksTake` says what); the answer stops it. */
  listenAsked(heard: () => void): Promise<() => void>;
  /** Where the frame finds the body of an opened message. */
  bodyUrl(mailBase: string, token: string): string;
  /** Where a file of an opened message is, that the app shows itself. */
  fileUrl(mailBase: string, token: string, part: number): string;
  /** Asks where to save one file; `null` if the user thought better of it. */
  pickSavePath(name: string): Promise<string | null>;
  /** Asks for a folder. */
  pickFolder(): Promise<string | null>;
}

/** A failure that the core named. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.name = "FaultError";
    this.fault = fault;
  }
}

/** The fault in whatever was thrown: what is not the core's is `internal`. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof FaultError) return thrown.fault;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message, params: {} };
}

const changes = new Set<(event: Event) => void>();
const asks = new Set<() => void>();
let hearing: Promise<unknown> | undefined;

/** Lets the page hear, once; everyone who wants to know hears by that one ear. */
async function listening<T>(all: Set<T>, heard: T): Promise<() => void> {
  all.add(heard);
  hearing ??= hear(
    new Channel((event) => changes.forEach((tell) => tell(event))),
    new Channel(() => asks.forEach((tell) => tell())),
  );
  await hearing;
  return () => void all.delete(heard);
}

async function picked(answer: Promise<Outcome<string | null>>): Promise<string | null> {
  const outcome = await answer;
  if (outcome.status === "error") throw new FaultError(outcome.error);
  return outcome.data;
}

const real: Backend = {
  commands,
  listen: (heard) => listening(changes, heard),
  listenAsked: (heard) => listening(asks, heard),
  bodyUrl: (mailBase, token) => `${mailBase}/${token}/body`,
  fileUrl: (mailBase, token, part) => `${mailBase}/${token}/file/${part}`,
  pickSavePath: (name) => picked(pickPath(name)),
  pickFolder: () => picked(pickPlace()),
};

let backend: Backend = real;

/** Puts another core in place of the real one. For the mock and the tests, before anything is asked. */
export function useBackend(other: Backend): void {
  backend = other;
}

async function unwrap(name: keyof Commands, args: unknown[]): Promise<unknown> {
  const command = backend.commands[name] as (...args: unknown[]) => Promise<Outcome<unknown>>;
  const outcome = await command(...args);
  if (outcome.status === "error") throw new FaultError(outcome.error);
  return outcome.data;
}

/** Every command, giving its value or throwing a `FaultError`. */
export const ipc = Object.fromEntries(
  (Object.keys(commands) as (keyof Commands)[]).map((name) => [name, (...args: unknown[]) => unwrap(name, args)]),
) as Unwrapped;

export const onChange = (heard: (event: Event) => void) => backend.listen(heard);
export const onAsked = (heard: () => void) => backend.listenAsked(heard);
export const bodyUrl = (mailBase: string, token: string) => backend.bodyUrl(mailBase, token);
export const fileUrl = (mailBase: string, token: string, part: number) => backend.fileUrl(mailBase, token, part);
export const pickSavePath = (name: string) => backend.pickSavePath(name);
export const pickFolder = () => backend.pickFolder();
