import { afterEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle";

afterEach(() => void vi.useRealTimers());

test("a burst runs at once and once more at its end", () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const call = throttle(run, 300);
  for (let n = 0; n < 10; n += 1) call();
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(300);
  expect(run).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1000);
  expect(run).toHaveBeenCalledTimes(2);
  call();
  expect(run).toHaveBeenCalledTimes(3);
});
