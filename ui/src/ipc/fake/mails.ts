// Believable business mail, English and Chinese, the same at every start. Times count back from `now`.
import type { Account, Address, Attachment, Defect, Folder, MessageRow } from "..";

export interface FakeMail {
  row: MessageRow;
  cc: Address[];
  /** Safe HTML, or text where it holds no tags. */
  body: string;
  kind: "html" | "text" | "source";
  attachments: Attachment[];
  remote: number;
  /** How many of those are trackers. */
  trackers: number;
  defects: Defect[];
}

const server = (host: string, port: number) => ({ host, port, tls: "implicit" as const });
export const ACCOUNTS: Account[] = [
  {
    id: 1,
    name: "陈琳",
    email: "chen.lin@hengtai.example",
    user: "chen.lin@hengtai.example",
    imap: server("imap.hengtai.example", 993),
    smtp: server("smtp.hengtai.example", 465),
    private_ca: false,
    state: { state: "online" },
  },
  {
    id: 2,
    name: "Lin Chen",
    email: "lin@nordwind.example",
    user: "lin@nordwind.example",
    imap: server("imap.nordwind.example", 993),
    smtp: server("smtp.nordwind.example", 465),
    private_ca: false,
    state: { state: "online" },
  },
];

const folder = (id: number, account: number, path: string, role: Folder["role"], delimiter = "/"): Folder => ({
  id,
  account,
  path,
  name: path.split(delimiter).at(-1) ?? path,
  delimiter,
  role,
  selectable: path !== "Projects",
  messages: 0,
  unread: 0,
});
export const FOLDERS: Folder[] = [
  folder(1, 1, "INBOX", "inbox"),
  folder(2, 1, "Drafts", "drafts"),
  folder(3, 1, "Sent Messages", "sent"),
  folder(4, 1, "Archive", "archive"),
  folder(5, 1, "Junk", "junk"),
  folder(6, 1, "Deleted Messages", "trash"),
  folder(7, 1, "供应商", "other"),
  folder(8, 1, "供应商/东海精密", "other"),
  folder(9, 1, "供应商/万方物流", "other"),
  folder(10, 1, "Invoices 2026", "other"),
  folder(11, 1, "Invoices 2026/Q3", "other"),
  folder(21, 2, "INBOX", "inbox"),
  folder(22, 2, "Drafts", "drafts"),
  folder(23, 2, "Sent", "sent"),
  folder(24, 2, "Archive", "archive"),
  folder(25, 2, "Junk", "junk"),
  folder(26, 2, "Trash", "trash"),
  folder(27, 2, "Projects", "other"),
  folder(28, 2, "Projects/Valve set V-9", "other"),
];

const P: Address[] = [
  { name: "Martin Hofer", email: "m.hofer@hofer-antriebe.example" },
  { name: "张伟", email: "zhang.wei@donghai-parts.example" },
  { name: "林晓彤（万方物流）", email: "lin.xt@wanfang-logistics.example" },
  { name: "Aiko Tanaka", email: "tanaka@kansai-valve.example" },
  { name: "客户门户通知", email: "noreply@portal.hengtai.example" },
  { name: "Sophie Bernard", email: "sophie.bernard@transports-bernard.example" },
  { name: "吴建国", email: "wujg@yongxin-trade.example" },
  { name: "Procurement, Nordwind GmbH", email: "procurement@nordwind.example" },
  { name: "刘洋", email: "liu.yang@expo-gz.example" },
  { name: "何静", email: "he.jing@hengtai.example" },
  { name: "Daniel Okafor", email: "d.okafor@okafor-pumps.example" },
  { name: "王芳", email: "wang.fang@hengtai.example" },
  { name: "李明", email: "li.ming@hengtai.example" },
  {
    name: "Wolfgang Amadeus von und zu Hohenlohe-Schillingsfürst",
    email: "wolfgang.amadeus.von.hohenlohe-schillingsfuerst@maschinenbau-sued.example",
  },
];
const ME: Address = { name: "陈琳", email: "chen.lin@hengtai.example" };
const LI: Address = { name: "李娜", email: "li.na@hengtai.example" };

type Seed = [who: number, subject: string, text: string, tags?: string];
// Tags: u unread, s starred, a attachment.
const TOP: [...Seed, minutes: number][] = [
  [
    0,
    "Re: Delivery of PO-20417 delayed",
    "Rail works for us, please send the revised pro forma before Friday so that we can release the payment.",
    "u",
    12,
  ],
  [1, "关于 PO-20417 交货延期 / Delivery of PO-20417 delayed", "", "sa", 33],
  [
    2,
    "发票抬头需要更正：少了「有限」二字",
    "您好，10 月发票抬头应为「恒泰国际贸易有限公司」，麻烦重开并寄到上海办公室，谢谢。",
    "ua",
    76,
  ],
  [
    3,
    "見積書の件 Quotation for valve set V-9",
    "Thank you for the quick answer. Could you confirm the price for 500 and 1,000 pieces, and the delivery time to Kobe?",
    "a",
    109,
  ],
  [
    4,
    "工单 #88213 已升级：设备无法开机",
    "客户反馈更换保险丝后仍无法开机，要求 24 小时内上门，联系人王工 138 0000 0000。",
    "",
    182,
  ],
  [
    5,
    "Certificate of origin for shipment 3391",
    "Customs in Le Havre asks for the original stamped by the chamber of commerce. A scan is not enough this time.",
    "a",
    1010,
  ],
  [6, "投诉：到货数量短缺 12 箱", "司机签收单与装箱单数量不一致，照片见附件，请尽快核实并给出处理方案。", "ua", 1107],
  [
    7,
    "Framework agreement 2027: comments on section 6",
    "We accept the payment terms; legal has two remarks on liability, see the marked copy attached.",
    "a",
    1202,
  ],
  [8, "展会样品寄送地址确认", "广州展馆 B 区 3.1H，收件人刘洋，请于周四前到，样品清单和海报文件一并附上。", "", 1394],
  [9, "对账单差异说明（9 月）", "已核对，差异来自 9 月 28 日的退货单，附上红字发票复印件，请财务确认。", "a", 4100],
  [
    10,
    "Warranty claim 5520, photos attached",
    "The gasket failed after 300 hours, we attach the photos and the test log as asked.",
    "a",
    5600,
  ],
  [
    13,
    "",
    "This mail has no subject, and its sender has a very long name and address, which is always shown whole.",
    "",
    6100,
  ],
];
const MORE: Seed[] = [
  [
    5,
    "Booking confirmation MAEU 5519203",
    "Your booking is confirmed. Cut-off for documents is Wednesday 16:00, for the container Thursday noon.",
    "a",
  ],
  [12, "周会纪要与待办事项", "本周重点：① 完成三季度对账；② 跟进宁波港改期；③ 展会样品本周四前寄出。"],
  [
    0,
    "Invoice 2026-1187",
    "Please find attached the invoice for the October deliveries. Payment is due within 30 days.",
    "a",
  ],
  [11, "请假申请：11 月 30 日至 12 月 2 日", "家中有事，申请年假三天，工作已与李明交接，紧急事项可电话联系。"],
  [7, "Price list valid from January", "The new list is attached. Steel surcharges are now shown separately.", "a"],
  [1, "新版图纸 rev.C 请确认", "孔距由 42 改为 42.5，其余不变，请技术部确认后回传签字版。", "a"],
  [
    3,
    "Re: Sample approval V-9",
    "The samples passed our pressure test. We will place the order after the budget meeting.",
  ],
  [2, "提单草稿确认", "附件为提单草稿，请核对收货人、唛头与毛重，今天 17:00 前回复。", "a"],
  [10, "Spare parts for pump P-300", "Do you keep the seal kit in stock? We need two sets by the end of the month."],
  [4, "工单 #88190 已关闭", "客户已确认问题解决，满意度 5 星。"],
  [6, "询价：不锈钢法兰 DN80", "请报 DN80 PN16 法兰 2,000 片含税价及交期，材质 316L。"],
  [8, "会议邀请：年度供应商大会", "诚邀贵司参加 12 月 10 日在广州举办的年度供应商大会，回执请于本月底前反馈。"],
  [9, "增值税发票认证提醒", "本月待认证发票 37 张，请各部门在 25 日前提交。"],
  [0, "Visit on 3 December", "We arrive with flight LH728 at 07:05 and would like to see the line before lunch."],
];

const LETTER = `<div lang="zh-Hans"><p>陈琳，你好：</p><p>受台风影响，宁波港本周停航三天，PO-20417 的 1,200 套连接件预计 <b>11 月 28 日</b>才能装船。附件是更新后的排期和补充协议，请今天下班前确认是否接受，或改走铁路（费用增加约 ¥ 18,600）。</p></div><div><p>Martin, for your side: the vessel is now due in Hamburg on 9 January. Rail would arrive around 22 December. We will pay the difference if you need it before Christmas. The tracking page is <a href="https://track.donghai-parts.example/PO-20417">here</a>.</p></div><div lang="zh-Hans"><p style="margin:0">张伟<br>东海精密零件有限公司 销售部</p></div>`;

const at = (n: number): Address => P[n % P.length] ?? ME;
const file = (part: number, name: string, size: number): Attachment => ({
  part,
  name,
  mime_type: "application/octet-stream",
  size,
  inline: false,
});

function filesFor(n: number, seed: Seed): Attachment[] {
  if (!seed[3]?.includes("a")) return [];
  if (n === 1) return [file(2, "PO-20417 排期_v3.xlsx", 48_200), file(3, "补充协议（待签）.pdf", 1_204_000)];
  if (n === 10)
    return [
      file(2, "IMG_2041.jpg", 2_400_000),
      file(3, "IMG_2042.jpg", 2_100_000),
      file(4, "test log of the gasket, run 14 of 2026-10-30.csv", 88_000),
      file(5, "viewer.exe", 540_000),
    ];
  return [file(2, n % 2 ? "附件清单.pdf" : `document-${1000 + n}.pdf`, 90_000 + n * 1_313)];
}

function make(id: number, where: Folder, seed: Seed, date: number, flags: string[]): FakeMail {
  const text = seed[2] || "受台风影响，宁波港本周停航三天，1,200 套连接件预计 11 月 28 日才能装船";
  const attachments = filesFor(id - 1001, seed);
  const outgoing = where.role === "sent" || where.role === "drafts";
  const row: MessageRow = {
    id,
    account: where.account,
    folder: where.id,
    uid: id,
    date,
    from: [outgoing ? ME : at(seed[0])],
    to: outgoing ? [at(seed[0])] : [ME],
    subject: seed[1],
    preview: text,
    flags,
    size: 4_000 + attachments.reduce((sum, a) => sum + a.size, 0),
    has_attachments: attachments.length > 0,
    has_body: true,
    thread: id,
    conversation: null,
  };
  const body = seed[2] ? `<p>${text}</p><p>${outgoing ? "陈琳" : at(seed[0]).name}</p>` : LETTER;
  return {
    row,
    cc: seed[2] ? [] : [LI, at(0)],
    body,
    kind: "html",
    attachments,
    remote: seed[2] ? 0 : 3,
    trackers: seed[2] ? 0 : 1,
    defects: [],
  };
}

/** All folders' mails. */
export function fakeMails(now: number): FakeMail[] {
  const inbox = FOLDERS[0];
  if (!inbox) return [];
  const mails = TOP.map(([who, subject, text, tags, minutes], n) =>
    make(1001 + n, inbox, [who, subject, text, tags], now - minutes * 60_000, [
      ...(tags?.includes("u") ? [] : ["\\Seen"]),
      ...(tags?.includes("s") ? ["\\Flagged"] : []),
    ]),
  );
  let id = 2000;
  const fill = (folderId: number, count: number, unread: number, from: number, step: number) => {
    const where = FOLDERS.find((f) => f.id === folderId);
    for (let n = 0; where && n < count; n += 1) {
      const seed = MORE[(n * 5 + folderId) % MORE.length];
      if (!seed) continue;
      const flags = [...(n % 9 < unread ? [] : ["\\Seen"]), ...(n % 23 === 7 ? ["\\Flagged"] : [])];
      mails.push(make(id++, where, seed, now - (from + n * step + ((n * 97) % 60)) * 60_000, flags));
    }
  };
  fill(1, 240, 1, 7_000, 700);
  fill(2, 3, 0, 300, 900);
  fill(3, 60, 0, 90, 800);
  fill(4, 120, 0, 20_000, 900);
  fill(5, 14, 3, 500, 700);
  fill(8, 18, 1, 3_000, 2_000);
  fill(9, 12, 0, 3_500, 2_400);
  fill(11, 24, 0, 60_000, 3_000);
  fill(21, 46, 2, 40, 500);
  fill(23, 20, 0, 200, 900);
  fill(28, 9, 0, 4_000, 2_000);
  odd(mails);
  together(mails);
  return mails;
}

/** The first mail of the inbox answers two that were sent, and one that was filed. */
function together(mails: FakeMail[]): void {
  const first = mails[0]?.row;
  const before = [3, 3, 8].flatMap((folder, n) =>
    mails.filter(({ row }) => row.folder === folder).slice(n % 2, (n % 2) + 1),
  );
  if (first) for (const { row } of before) row.thread = first.thread;
}

/** Some mails that show the reader's other states. */
function odd(mails: FakeMail[]): void {
  const [, , , , ticket, , complaint, , expo] = mails;
  if (ticket) Object.assign(ticket, { kind: "text", body: ticket.row.preview });
  if (complaint) complaint.defects = [{ kind: "broken-charset", detail: "gb2312 with bytes of gb18030" }];
  if (expo)
    Object.assign(expo, {
      kind: "source",
      body: "From: liu.yang@expo-gz.example\r\nSubject: =?gb18030?B?1bm74Q==?=\r\n\r\n…",
      defects: [{ kind: "quarantined", detail: "stopped at byte 4096" }],
    });
}
