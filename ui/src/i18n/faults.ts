// Faults in words.
import { hasKey, t } from "./index.svelte";

interface FaultLike {
  code: string;
  message: string;
  params: Partial<Record<string, string>>;
}

/** The sentence for a fault, in the user's language. */
export function faultText(fault: FaultLike): string {
  const key = `fault.${fault.code}`;
  return t(hasKey(key) ? key : "fault.internal", {
    server: fault.params["server"] ?? fault.params["host"] ?? t("fault.theServer"),
    reason: fault.params["reason"] ?? fault.message,
  });
}
