//! What is not a letter: calendar invitations, notices of the customer portal, drafts, junk.

use std::time::{Duration, SystemTime};

use super::date;
use super::letter::{self, Letter};
use super::mime::{self, Charset, Part, Transfer};
use super::people::{self, Tongue};
use super::scribe::{Mail, Scribe};
use super::texts::Facts;

/// A meeting to invite to.
pub(super) struct Meeting {
    title: &'static str,
    place: &'static str,
    text: &'static str,
    /// Days from the mail to the meeting.
    ahead: u64,
}

pub(super) const PHASE_CALL: Meeting = Meeting {
    title: "Nordwind Phase 2: weekly call / 北风二期周会",
    place: "Meeting room Elbe / https://meet.example.test/phase2",
    text: "Agenda: 1. crane and transformers, 2. valve sets in one lot, 3. acceptance test.\nPlease update the schedule before the call.",
    ahead: 2,
};

const MEETINGS: &[Meeting] = &[
    PHASE_CALL,
    Meeting {
        title: "Supplier review 东海精密",
        place: "上海办公室 3 楼会议室",
        text: "议题：交期、8D 报告、明年价格。请品质部准备数据。",
        ahead: 6,
    },
    Meeting {
        title: "Budget talk, operations",
        place: "Room Alster",
        text: "Please bring the forecast of your department.",
        ahead: 4,
    },
    Meeting {
        title: "框架协议电话会（法务）",
        place: "电话会议 400-000-0142",
        text: "讨论第 6 条责任上限与仲裁地点。",
        ahead: 3,
    },
    Meeting {
        title: "Customer visit Hofer Anlagenbau",
        place: "Hall 2, then room Elbe",
        text: "Tour of the assembly line, lunch, then open points of the claim.",
        ahead: 9,
    },
];

const JUNK: &[(&str, &str, &str, &str)] = &[
    (
        "Account Security",
        "security@mail-verify-example.invalid",
        "Your mailbox is almost full ({no} MB)",
        "Dear user, your mailbox has used {pct}9 % of its space. Confirm your account within 24 hours at http://mailbox-upgrade.invalid/login or incoming mail will be lost.",
    ),
    (
        "代开发票",
        "fp{no}@qq-mail.invalid",
        "代开各类正规发票，点数优惠",
        "本公司可代开增值税普票、专票，验证后付款，点数从优。联系人：李经理，微信 fp{no}。",
    ),
    (
        "SEO Team",
        "growth@rank-first.invalid",
        "We can bring example.test to page one",
        "Hi, I looked at your web site and found {some} errors. For {fee} a month we bring you to the first page. Shall I send the price list?",
    ),
    (
        "Prize Office",
        "claim@euro-lotto.invalid",
        "You have won {money}",
        "Your address was drawn on {d1}. To release the amount of {money} please send a copy of your passport and a handling fee of {fee}.",
    ),
    (
        "培训中心",
        "peixun@course-{no}.invalid",
        "【{month}】采购成本控制与谈判技巧公开课",
        "时间：{d2}  地点：上海\n费用：{fee}/人，含教材、午餐。报名请回复姓名、部门、人数。",
    ),
];

const DRAFTS: &[(&str, &str)] = &[
    (
        "Re: Delivery of PO-20417 delayed",
        "Rail it is: arrival around 22 December. The revised pro forma is attached, and I",
    ),
    ("补充协议第 4 条（含税）", "附件是改好的补充协议，第 4 条已写明“含税”，请"),
    ("Offer V-9, 500 and 1,000 sets", "For 500 sets the price stays as quoted; for 1,000 sets we can"),
];

impl Scribe<'_> {
    pub(super) fn invitation(&mut self, folder: &'static str, flags: &'static str, at: SystemTime, meeting: &Meeting) {
        let host = if self.owner.user == "bob" { people::WANG_FANG } else { people::BOB };
        // On the full hour.
        let odd = Duration::from_mins(date::minute_of_day(at) % 60) + date::second(at);
        let begin = (at + Duration::from_secs(meeting.ahead * date::DAY)).checked_sub(odd).unwrap_or(at);
        let end = begin + Duration::from_secs(date::HOUR);
        let start = date::english(begin);
        let plain =
            format!("{}\n\n{start}, {} UTC\n{}\n\n{}\n", meeting.title, clock(begin), meeting.place, meeting.text);
        let number = self.rng.next();
        let lines = [
            "BEGIN:VCALENDAR".to_owned(),
            "PRODID:-//Example GmbH//Groupware//EN".to_owned(),
            "VERSION:2.0".to_owned(),
            "METHOD:REQUEST".to_owned(),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{number:016x}@example.test"),
            format!("DTSTAMP:{}", date::ical(at)),
            format!("DTSTART:{}", date::ical(begin)),
            format!("DTEND:{}", date::ical(end)),
            format!("SUMMARY:{}", meeting.title),
            format!("LOCATION:{}", ical_text(meeting.place)),
            format!("DESCRIPTION:{}", ical_text(meeting.text)),
            format!("ORGANIZER;CN={}:mailto:{}", host.name, host.address),
            format!("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:\n mailto:{}", self.owner.address),
            "SEQUENCE:0".to_owned(),
            "STATUS:CONFIRMED".to_owned(),
            "END:VEVENT".to_owned(),
            "END:VCALENDAR".to_owned(),
        ];
        let calendar = format!("{}\n", lines.map(|line| ical_fold(&line)).join("\n"));
        let parts = [
            mime::text("plain", &plain, Charset::Utf8, Transfer::Base64),
            mime::text("calendar; method=REQUEST", &calendar, Charset::Utf8, Transfer::Base64),
        ];
        let body = mime::multipart("alternative", &letter::boundary(&mut self.rng), &parts);
        let extra = vec![("X-Priority", "3".to_owned())];
        self.simple((folder, flags), (host.name, host.address), meeting.title.to_owned(), at, extra, &body);
    }

    pub(super) fn any_invitation(&mut self, folder: &'static str, flags: &'static str, at: SystemTime) {
        let which = self.rng.range(0, 4);
        if let Some(meeting) = MEETINGS.iter().cycle().nth(usize::try_from(which).unwrap_or(0)) {
            self.invitation(folder, flags, at, meeting);
        }
    }

    /// A notice of the customer portal.
    pub(super) fn notice(&mut self, folder: &'static str, flags: &'static str, at: SystemTime) {
        let facts = Facts::new(&mut self.rng, Tongue::Chinese, at);
        let state = self.rng.pick(&["已创建", "已升级", "等待客户确认", "已关闭"]);
        let problem = self.rng.pick(&["设备无法开机", "{item} 漏油", "面板无显示", "缺少备件 {item2}", "远程连接失败"]);
        let subject = facts.fill(&format!("工单 #8{{no}} {state}：{problem}"));
        let letter = Letter {
            greeting: "您好：".to_owned(),
            paragraphs: vec![
                subject.clone(),
                facts.fill("请在 {v} 小时内响应，并于 {d1} 前更新处理进度。"),
                facts.fill("关联订单 {po}，合同等级：金牌，现场预计需要 {some} 件 {item2}。"),
            ],
            closing: "客户门户".to_owned(),
            signature: people::PORTAL.signature.to_owned(),
            quote: None,
        };
        let body = letter.body(&people::PORTAL, &[], &mut self.rng);
        let extra = vec![("Auto-Submitted", "auto-generated".to_owned())];
        self.simple((folder, flags), (people::PORTAL.name, people::PORTAL.address), subject, at, extra, &body);
    }

    pub(super) fn junk(&mut self, flags: &'static str, at: SystemTime) {
        let (name, address, subject, text) = self.rng.pick(JUNK);
        let tongue = if text.is_ascii() { Tongue::English } else { Tongue::Chinese };
        let facts = Facts::new(&mut self.rng, tongue, at);
        let charset = if text.is_ascii() { Charset::Utf8 } else { Charset::Gb2312 };
        let body = mime::text("plain", &format!("{}\n", facts.fill(text)), charset, Transfer::Base64);
        let extra = vec![("X-Spam-Flag", "YES".to_owned())];
        self.simple(("Junk", flags), (name, &facts.fill(address)), facts.fill(subject), at, extra, &body);
    }

    pub(super) fn draft(&mut self, number: usize, at: SystemTime) {
        let Some((subject, text)) = DRAFTS.iter().cycle().nth(number) else { return };
        let to = self.rng.pick(people::OUTSIDE);
        let body = mime::text("plain", &format!("{text}\n"), Charset::Utf8, Transfer::Base64);
        let mail = Mail {
            folder: "Drafts",
            flags: "DS",
            from: self.me(),
            to: vec![letter::mailbox(to.name, to.address)],
            subject: (*subject).to_owned(),
            date: at,
            zone: self.owner.zone,
            charset: Charset::Utf8,
            references: Vec::new(),
            extra: Vec::new(),
        };
        self.put(mail, &body);
    }

    /// A mail to the owner alone, with UTF-8 headers.
    pub(super) fn simple(
        &mut self,
        (folder, flags): (&'static str, &'static str),
        (name, address): (&str, &str),
        subject: String,
        at: SystemTime,
        extra: Vec<(&'static str, String)>,
        body: &Part,
    ) {
        let mail = Mail {
            folder,
            flags,
            from: letter::mailbox(name, address),
            to: vec![self.me()],
            subject,
            date: at,
            zone: 1,
            charset: Charset::Utf8,
            references: Vec::new(),
            extra,
        };
        self.put(mail, body);
    }
}

fn clock(at: SystemTime) -> String {
    date::stamp(at, 0).split(' ').next_back().unwrap_or_default().to_owned()
}

/// TEXT of RFC 5545 section 3.3.11.
fn ical_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Lines of at most 75 octets (RFC 5545 section 3.1).
fn ical_fold(line: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in line.chars() {
        if column + c.len_utf8() > 73 && c != '\n' {
            out.push_str("\n ");
            column = 1;
        }
        out.push(c);
        column = if c == '\n' { 0 } else { column + c.len_utf8() };
    }
    out
}
