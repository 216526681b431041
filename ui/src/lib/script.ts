// Which language a piece of text seems to be in: a `lang` attribute picks the right regional glyphs (直, 骨, 角).

// Characters that only one of the two ways of writing Chinese has.
const HANT =
  /[們個這國說時會來對開關發業務門問間頭馬體點東車書長見電話訂單應該請與為實際價貨樣還經過進選項號處辦廠產質檢報稅據證將後]/u;
const HANS =
  /[们个这国说时会来对开关发业务门问间头马体点东车书长见电话订单应该请与为实际价货样还经过进选项号处办厂产质检报税据证将后]/u;

/** `ja`, `ko`, `zh-Hans`, `zh-Hant`, or nothing where the letters do not tell. */
export function langOf(text: string): string | undefined {
  if (/[\u3041-\u30ff]/.test(text)) return "ja";
  if (/[\uac00-\ud7af]/.test(text)) return "ko";
  if (!/\p{Script=Han}/u.test(text)) return undefined;
  const count = (set: RegExp) => text.match(new RegExp(set.source, "gu"))?.length ?? 0;
  return count(HANT) > count(HANS) ? "zh-Hant" : "zh-Hans";
}
