//! The shape of a topic, and the variables in braces that its sentences share.

use std::time::{Duration, SystemTime};

use super::date;
use super::people::Tongue;
use super::rng::Rng;

/// What one conversation is about. All sentences may hold the names that [`Facts::fill`] knows.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) room: Room,
    pub(super) tongue: Tongue,
    pub(super) subjects: &'static [&'static str],
    pub(super) openings: &'static [&'static str],
    pub(super) bodies: &'static [&'static str],
    pub(super) requests: &'static [&'static str],
    pub(super) answers: &'static [&'static str],
    pub(super) files: &'static [&'static str],
}

/// Which folders a topic suits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Trade,
    Contract,
    Invoice,
    Project,
    House,
    /// Only the personnel department writes of this.
    Personnel,
}

/// The numbers and names of one conversation.
pub(super) struct Facts {
    pairs: Vec<(&'static str, String)>,
}

const ITEMS: &[(&str, &str, &str)] = &[
    ("connector sets C-12", "C-12 连接件", "C-12 連接件"),
    ("valve sets V-9", "V-9 阀组", "V-9 閥組"),
    ("deep groove bearings 6205", "6205 深沟球轴承", "6205 深溝球軸承"),
    ("gaskets DN80", "DN80 密封垫片", "DN80 密封墊片"),
    ("control cabinets S3", "S3 控制柜", "S3 控制櫃"),
    ("pump housings P-440", "P-440 泵壳", "P-440 泵殼"),
    ("flange adapters F-16", "F-16 法兰接头", "F-16 法蘭接頭"),
    ("servo drives SD-7", "SD-7 伺服驱动器", "SD-7 伺服驅動器"),
    ("hydraulic hoses H-25", "H-25 液压软管", "H-25 液壓軟管"),
    ("stainless brackets B-31", "B-31 不锈钢支架", "B-31 不鏽鋼支架"),
];
const PORTS: &[(&str, &str, &str)] = &[
    ("Ningbo", "宁波港", "寧波港"),
    ("Shanghai Yangshan", "上海洋山港", "上海洋山港"),
    ("Yantian", "盐田港", "鹽田港"),
    ("Qingdao", "青岛港", "青島港"),
    ("Kaohsiung", "高雄港", "高雄港"),
    ("Xiamen", "厦门港", "廈門港"),
];
const SHIPS: &[&str] = &["EVER GLORY", "MSC ALINA", "COSCO TAURUS", "HAMBURG EXPRESS", "YM WELLNESS", "ONE HARMONY"];
const WEEKDAYS: &[(&str, &str, &str)] = &[
    ("Monday", "周一", "週一"),
    ("Tuesday", "周二", "週二"),
    ("Wednesday", "周三", "週三"),
    ("Thursday", "周四", "週四"),
    ("Friday", "周五", "週五"),
];

impl Facts {
    pub(super) fn new(rng: &mut Rng, tongue: Tongue, at: SystemTime) -> Self {
        let one = |(english, chinese, taiwanese): (&'static str, &'static str, &'static str)| match tongue {
            Tongue::English => english.to_owned(),
            Tongue::Chinese => chinese.to_owned(),
            Tongue::Taiwanese => taiwanese.to_owned(),
        };
        let day = |days: u64| {
            let at = at + Duration::from_secs(days * date::DAY);
            if tongue == Tongue::English { date::english(at) } else { date::chinese(at) }
        };
        let money = |amount: u64| match tongue {
            Tongue::English => format!("EUR {}", grouped(amount)),
            Tongue::Chinese => format!("¥{}", grouped(amount * 7)),
            Tongue::Taiwanese => format!("NT${}", grouped(amount * 35)),
        };
        let quantity = rng.range(2, 60) * 50;
        let pairs = vec![
            ("po", format!("PO-{}", rng.range(18_000, 20_900))),
            ("inv", format!("INV-{}-{:04}", date::year(at), rng.range(12, 4_800))),
            ("no", rng.range(2_100, 9_800).to_string()),
            ("qty", grouped(quantity)),
            ("v", rng.range(2, 6).to_string()),
            ("some", rng.range(3, 48).to_string()),
            ("item", one(rng.pick(ITEMS))),
            ("item2", one(rng.pick(ITEMS))),
            ("port", one(rng.pick(PORTS))),
            ("ship", rng.pick(SHIPS).to_owned()),
            ("weekday", one(rng.pick(WEEKDAYS))),
            ("money", money(rng.range(1_200, 86_000))),
            ("fee", money(rng.range(60, 2_400))),
            ("pct", rng.range(2, 15).to_string()),
            ("days", (rng.range(2, 9) * 5).to_string()),
            ("hour", rng.range(9, 17).to_string()),
            ("week", rng.range(2, 51).to_string()),
            ("box", format!("{} {}", rng.pick(&["MSKU", "TCLU", "CSNU"]), rng.range(1_000_000, 9_999_999))),
            ("d1", day(rng.range(2, 6))),
            ("d2", day(rng.range(8, 20))),
            ("d3", day(rng.range(24, 55))),
            ("year", date::year(at).to_string()),
            ("next", (date::year(at) + 1).to_string()),
            ("month", month(at, tongue)),
        ];
        Self { pairs }
    }

    /// `template` with each `{name}` replaced; an unknown name stays, and a test looks for braces.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut out = template.to_owned();
        for (name, value) in &self.pairs {
            if out.contains('{') {
                out = out.replace(&format!("{{{name}}}"), value);
            }
        }
        out
    }
}

fn month(at: SystemTime, tongue: Tongue) -> String {
    if tongue == Tongue::English {
        return date::english(at).split(' ').next_back().unwrap_or_default().to_owned();
    }
    format!("{}月", date::month(at))
}

/// 18600 as `18,600`.
fn grouped(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
}
