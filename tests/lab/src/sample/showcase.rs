//! The mails on top of alice's inbox, written by hand: what one sees first when the sample company opens.

use std::time::{Duration, SystemTime};

use super::letter::{self, Letter};
use super::mime::Charset;
use super::people::{self, Contact};
use super::scribe::{Mail, Scribe};
use super::{date, notices};

#[derive(Clone, Copy)]
struct Scene {
    /// Minutes before now.
    ago: u64,
    from: &'static Contact,
    subject: &'static str,
    /// The subject of the scene that this one answers, or nothing.
    answers: &'static str,
    flags: &'static str,
    text: &'static str,
    files: &'static [&'static str],
}

const DELAY: &str = "关于 PO-20417 交货延期 / Delivery of PO-20417 delayed";
const FRAME: &str = "Framework agreement 2027: comments on section 6";
const CLAIM: &str = "Warranty claim 5520, photos attached";

const fn scene(
    ago: u64,
    from: &'static Contact,
    flags: &'static str,
    subject: &'static str,
    files: &'static [&'static str],
    text: &'static str,
) -> Scene {
    Scene { ago, from, subject, answers: "", flags, text, files }
}

const fn answering(scene: Scene, answers: &'static str) -> Scene {
    Scene { answers, ..scene }
}

/// Oldest first, so that an answer finds what it answers.
static SCENES: &[Scene] = &[
    scene(
        9_100,
        &people::OKAFOR,
        "FRS",
        CLAIM,
        &["gasket-5520-a.png", "gasket-5520-b.png", "test log 5520.txt"],
        "The gasket of pump P-440 (serial 5520) failed after 300 hours, although the manual promises 4,000.\n\n\
         We attach two photos and the test log as asked. The flange was tightened to 85 Nm, the medium is plain water at 60 °C, so neither can be the cause.\n\n\
         The pump stands at a hospital. Could you send two replacement gaskets by courier before the analysis is finished? We return the damaged one tomorrow.",
    ),
    scene(
        8_050,
        &people::HE,
        "RS",
        "对账单差异说明（9 月）",
        &["9月对账单.xlsx", "红字发票（复印件）.pdf"],
        "已核对 9 月往来，贵我双方差额 ¥6,482.00，来自 9 月 28 日的退货单 TH-0928，贵司已冲减而我司尚未入账。\n\
         附上红字发票复印件和对账单，差异行已标黄，请财务确认后盖章回传。\n\
         确认无误的话，10 月货款可以按原计划在 25 日支付。",
    ),
    scene(
        7_000,
        &people::CHEN_MEILING,
        "S",
        "S3 控制櫃報價單 Q-7714",
        &["報價單Q-7714.pdf"],
        "感謝貴公司詢價，S3 控制櫃 60 台的報價單如附件，有效期至月底。\n\
         數量達 100 台可再優惠 4%，交期為訂單確認後 35 天，由高雄港出貨。\n\
         門板顏色若需改為 RAL 7035，價格不變，請於下單時註明。",
    ),
    scene(
        6_300,
        &people::LI_NA,
        "S",
        "HR 通知：年末休假安排与调休",
        &["年末休假安排.xlsx"],
        "各位同事：\n\
         元旦放假及年末调休安排见附件，请各部门在本周五前填写值班表。\n\
         一、未休年假可顺延至明年 3 月 31 日，逾期作废；\n\
         二、汉堡办公室 12 月 24 日至 1 月 1 日放假，紧急事项请联系 Bob；\n\
         三、值班人员按规定享受调休，请在系统中提前申请。",
    ),
    scene(
        4_400,
        &people::PETERSEN,
        "S",
        "Phase 2: minutes of Thursday, 3 actions for you",
        &["Minutes Phase 2.docx", "Schedule Phase 2_v4.xlsx"],
        "Thank you for a productive meeting. The minutes are attached, here is what falls to you:\n\n\
         1. Send the packing list of the control cabinets by Wednesday, the crane depends on it.\n\
         2. Name two fitters for the safety briefing, with passport numbers.\n\
         3. Check whether the valve sets can be delivered in one lot instead of two.\n\n\
         If I have misunderstood anything, please correct me before Friday. After that the minutes count as agreed.",
    ),
    scene(
        3_020,
        &people::LIU,
        "RS",
        "展会样品寄送地址确认",
        &["样品清单.xlsx", "展位海报（终稿）.pdf"],
        "展会样品请寄：广州展馆 B 区 3.1H，收件人刘洋，电话 139 0000 5126，请于周四前到。\n\
         样品清单和海报文件一并附上，外箱请注明展位号 3.1H-27，一共不要超过 6 箱。\n\
         布展证两张我会和参展手册一起寄到贵司。",
    ),
    scene(
        2_760,
        &people::NORDWIND,
        "S",
        FRAME,
        &["Framework agreement 2027_marked.docx", "Annex 3 price clause.pdf"],
        "Thank you for the new draft. We accept the payment terms of 45 days and the price clause in annex 3.\n\n\
         Our legal department has two remarks on section 6. The cap on liability should follow the yearly turnover and not the single order, and it should not apply to recalls. Both are marked in the attached copy.\n\n\
         If you can agree, we would like to sign before the end of the month so that the call-offs of January already run under the new agreement.",
    ),
    scene(
        1_690,
        &people::WU,
        "F",
        "投诉：到货数量短缺 12 箱",
        &["现场照片1.png", "现场照片2.png", "司机签收单（扫描件）.pdf"],
        "今天上午到货的 PO-20388，司机签收单为 148 箱，实际清点 136 箱，短缺 12 箱，与装箱单不一致。\n\
         封条完好，怀疑是发货时漏装。照片和签收单见附件，请尽快核实，并在明天中午前给出处理方案。\n\
         产线周四就要用料，如确认漏装，请安排空运补发。",
    ),
    scene(
        1_480,
        &people::BERNARD,
        "S",
        "Certificate of origin for shipment 3391",
        &["Notice 3391.pdf"],
        "Customs in Le Havre asks for the original certificate of origin, stamped by the chamber of commerce. A scan is no longer accepted since the new rules.\n\n\
         The container can stay free of charge until Friday; after that storage is EUR 140 a day. If you send the original by express today, we can present it in time.\n\n\
         Our counter is open from 8 to 17:30, please mark the envelope with 3391.",
    ),
    scene(
        268,
        &people::WANG_FANG,
        "S",
        "会议纪要：PO-20417 应对方案（已定）",
        &["会议纪要_1123.docx"],
        "刚才的会议结论如下：\n\
         一、接受改走铁路，差价由对方承担，补充协议第 4 条改成“含税”再签；\n\
         二、Martin 那边先用库存 300 套保装配线，由我今天安排调拨；\n\
         三、财务把对方的付款计划往后移一周，黄磊跟进。\n\
         请陈琳下班前把补充协议发回给张伟。",
    ),
    scene(
        174,
        &people::PORTAL,
        "",
        "工单 #88213 已升级：设备无法开机",
        &[],
        "工单 #88213 已由二线升级到三线，请在 4 小时内响应。\n\
         客户：华信机械（合同等级：金牌）\n\
         问题：更换保险丝后仍无法开机，控制柜 S3 面板无显示。\n\
         要求：24 小时内上门，现场联系人王工 138 0000 2217。",
    ),
    scene(
        101,
        &people::TANAKA,
        "S",
        "見積書の件 Quotation for valve set V-9",
        &["見積書_V-9.pdf"],
        "いつもお世話になっております。\n\
         Thank you for the quick answer. Could you confirm the price for 500 and for 1,000 sets of V-9?\n\
         The quotation (見積書) of last month is attached; our purchasing department asks for a discount of 6 % above 1,000 sets.\n\
         We also need the RoHS declaration with the signature of your quality manager.\n\
         よろしくお願いいたします。",
    ),
    scene(
        68,
        &people::LIN,
        "F",
        "发票抬头需要更正：少了“有限”二字",
        &["开票资料.pdf"],
        "您好，10 月运费发票的抬头应为“示例贸易（上海）有限公司”，开出来的少了“有限”二字，财务无法入账。\n\
         麻烦重开并寄到上海办公室，收件人何静，原发票我今天用顺丰退回。\n\
         开票资料附在邮件里，税号和开户行都没有变化。\n\
         另外 11 月的对账单下周一发您。",
    ),
    scene(
        31,
        &people::ZHANG,
        "FS",
        DELAY,
        &["PO-20417 排期_v3.xlsx", "补充协议（待签）.pdf"],
        "受台风影响，宁波港本周停航三天，PO-20417 的 1,200 套连接件预计 11 月 28 日才能装船。\n\
         附件是更新后的排期和补充协议，请今天下班前确认是否接受，或改走铁路（费用增加约 ¥18,600）。\n\n\
         Martin, for your side: the vessel is now due in Hamburg on 9 January. Rail would arrive around 22 December. We will pay the difference if you need it before Christmas.",
    ),
    answering(
        scene(
            4,
            &people::HOFER,
            "",
            "Re: Delivery of PO-20417 delayed",
            &[],
            "Rail works for us, please send the revised pro forma before Friday so that I can get the release from our controlling.\n\n\
             300 sets from your stock will carry the line until 18 December. If the train is later than the 22nd, tell me as early as you can, I then have to move two fitters to Graz.\n\n\
             Thanks to 张伟 for taking the difference, that is fair.",
        ),
        DELAY,
    ),
];

/// What alice answered to the scenes that bear an R, and after how many minutes.
const ANSWERS: &[(&str, u64, &str)] = &[
    (
        CLAIM,
        95,
        "Two gaskets left this morning by courier, they should be with you on Monday. The analysis will take until the end of the week; I keep you informed.",
    ),
    ("对账单差异说明（9 月）", 70, "差异已核对，退货单 TH-0928 本月入账，盖章件今天寄出。"),
    ("展会样品寄送地址确认", 45, "收到，样品今天发出，共 5 箱，顺丰单号稍后发您。"),
];

impl Scribe<'_> {
    /// Writes at most `inbox` mails into the inbox, the newest ones, and at most `room` answers to them into Sent.
    pub(super) fn showcase(&mut self, inbox: usize, room: usize) -> (usize, usize) {
        // An invitation and a newsletter of today.
        let extras = inbox.min(2);
        let scenes = SCENES.get(SCENES.len().saturating_sub(inbox - extras)..).unwrap_or_default();
        let mut known: Vec<(&str, String)> = Vec::new();
        let mut sent = 0;
        for scene in scenes {
            let references = known.iter().filter(|(subject, _)| *subject == scene.answers).map(|(_, id)| id.clone());
            let id = self.scene(scene, references.collect());
            let answer = ANSWERS.iter().find(|(subject, _, _)| *subject == scene.subject);
            if let Some((_, after, text)) = answer.filter(|_| sent < room) {
                self.reply(scene, *after, text, &id);
                sent += 1;
            }
            known.push((scene.subject, id));
        }
        if extras > 0 {
            let at = self.ago(self.today(230));
            self.invitation("INBOX", "", at, &notices::PHASE_CALL);
        }
        if extras > 1 {
            let at = self.ago(self.today(143));
            self.newsletter("INBOX", "", at);
        }
        (scenes.len() + extras, sent)
    }

    /// Seconds before now, drawn together early in the day so that today's mails are of today (by UTC).
    fn today(&self, minutes: u64) -> u64 {
        let day = date::minute_of_day(self.now).max(40);
        let minutes = if minutes < 300 && day < 300 { (minutes * day / 300).max(2) } else { minutes };
        minutes * date::MINUTE + minutes % 47
    }

    /// When the scene's mail was sent; what is older than yesterday moves back to working hours.
    fn when(&self, scene: &Scene) -> SystemTime {
        let back = self.today(scene.ago);
        if scene.ago < 2_000 {
            return self.ago(back);
        }
        let work = date::back_to_work(self.ago(back), scene.from.zone, scene.ago * 97);
        self.ago(back + work)
    }

    fn scene(&mut self, scene: &Scene, references: Vec<String>) -> String {
        let from = scene.from;
        let mut writer = *from;
        if from.address == people::TANAKA.address {
            writer.charset = Charset::Jis;
        }
        let notice = from.call.is_empty();
        let letter = Letter {
            greeting: if notice {
                "您好：".to_owned()
            } else {
                letter::greeting(from.tongue, self.owner.call(from.tongue), &mut self.rng)
            },
            paragraphs: scene
                .text
                .split(if scene.text.contains("\n\n") { "\n\n" } else { "\n" })
                .map(str::to_owned)
                .collect(),
            closing: if notice {
                "客户门户".to_owned()
            } else {
                letter::closing(from.tongue, &mut self.rng).to_owned()
            },
            signature: format!("{}\n{}", from.name, from.signature),
            quote: None,
        };
        let attached: Vec<String> = scene.files.iter().map(|&name| name.to_owned()).collect();
        let body = letter.body(&writer, &attached, &mut self.rng);
        let mail = Mail {
            folder: "INBOX",
            flags: scene.flags,
            from: letter::mailbox(from.name, from.address),
            to: vec![self.me()],
            subject: scene.subject.to_owned(),
            date: self.when(scene),
            zone: from.zone,
            charset: writer.charset,
            references,
            extra: if notice { vec![("Auto-Submitted", "auto-generated".to_owned())] } else { Vec::new() },
        };
        self.put(mail, &body)
    }

    fn reply(&mut self, scene: &Scene, after: u64, text: &str, id: &str) {
        let tongue = scene.from.tongue;
        let writer = self.owner.writer(tongue);
        let letter = Letter {
            greeting: letter::greeting(tongue, scene.from.call, &mut self.rng),
            paragraphs: vec![text.to_owned()],
            closing: letter::closing(tongue, &mut self.rng).to_owned(),
            signature: format!("{}\n{}", writer.name, writer.signature),
            quote: None,
        };
        let body = letter.body(&writer, &[], &mut self.rng);
        let mail = Mail {
            folder: "Sent",
            flags: "S",
            from: self.me(),
            to: vec![letter::mailbox(scene.from.name, scene.from.address)],
            subject: super::scribe::answer_subject(scene.subject, true, tongue),
            date: self.when(scene) + Duration::from_mins(after),
            zone: writer.zone,
            charset: writer.charset,
            references: vec![id.to_owned()],
            extra: Vec::new(),
        };
        self.put(mail, &body);
    }
}
