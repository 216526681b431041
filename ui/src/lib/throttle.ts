/** Runs `run` at once and then at most every `pause` ms; the last call of a burst is never lost. */
export function throttle(run: () => void, pause: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const go = () => {
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      go();
    }, pause);
  };
  return () => {
    if (timer === undefined) go();
    else again = true;
  };
}
