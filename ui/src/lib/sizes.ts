// Sizes of files in words.

/** 0 B, 640 B, 48 KB, 1.2 MB: one decimal under ten from MB on, powers of 1000 as file managers write them. */
export function fileSize(bytes: number, locale: string): string {
  const units = ["B", "KB", "MB", "GB", "TB"] as const;
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit >= 2 && value < 9.95 ? 1 : 0;
  return `${value.toLocaleString(locale, { maximumFractionDigits: digits })} ${units[unit] ?? "B"}`;
}
