//! Who writes to the sample company: name, house, language, and the habits of their mail program.

use super::mime::{Charset, Transfer};

/// The language that a correspondent writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Chinese,
    /// Traditional Chinese.
    Taiwanese,
}

/// How a mail program writes its bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Html,
    /// HTML with a logo shown by `cid:`.
    Logo,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    /// How one speaks to them.
    pub(super) call: &'static str,
    /// The lines under their name.
    pub(super) signature: &'static str,
    pub(super) tongue: Tongue,
    pub(super) charset: Charset,
    pub(super) transfer: Transfer,
    pub(super) look: Look,
    /// Whole hours east of UTC.
    pub(super) zone: i32,
}

const fn contact(
    name: &'static str,
    address: &'static str,
    call: &'static str,
    signature: &'static str,
    ways: (Tongue, Charset, Transfer, Look, i32),
) -> Contact {
    let (tongue, charset, transfer, look, zone) = ways;
    Contact { name, address, call, signature, tongue, charset, transfer, look, zone }
}

use Charset::{Big5, Gb2312, Gb18030, Gbk, Latin1, Utf8};
use Look::{Html, Logo, Plain};
use Tongue::{Chinese, English, Taiwanese};
use Transfer::{Base64, Eight, Quoted};

pub(super) const ZHANG: Contact = contact(
    "张伟",
    "zhang.wei@donghai-parts.example",
    "张总",
    "东海精密零件有限公司 销售部\n宁波市北仑区明州路 318 号",
    (Chinese, Utf8, Base64, Html, 8),
);
pub(super) const LIN: Contact = contact(
    "林晓彤（万方物流）",
    "lin.xiaotong@wanfang-logistics.example",
    "林小姐",
    "万方国际物流（上海）有限公司 结算中心\n电话 021-5555 0142",
    (Chinese, Gb18030, Base64, Plain, 8),
);
pub(super) const HOFER: Contact = contact(
    "Martin Hofer",
    "martin.hofer@hofer-anlagen.example",
    "Martin",
    "Hofer Anlagenbau GmbH, Einkauf\nIndustriestraße 14, 4020 Linz",
    (English, Latin1, Quoted, Html, 1),
);
pub(super) const TANAKA: Contact = contact(
    "Aiko Tanaka",
    "tanaka.aiko@mizuno-valve.example",
    "Tanaka-san",
    "Mizuno Valve Co., Ltd. 海外営業部\n2-8-11 Nihonbashi, Chuo-ku, Tokyo",
    (English, Utf8, Base64, Plain, 9),
);
pub(super) const BERNARD: Contact = contact(
    "Sophie Bernard",
    "s.bernard@transit-havre.example",
    "Sophie",
    "Transit Le Havre, Service douane\n12 quai Colbert, 76600 Le Havre",
    (English, Utf8, Quoted, Logo, 1),
);
pub(super) const WU: Contact = contact(
    "吴建国",
    "wujianguo@huaxin-mech.example",
    "吴经理",
    "华信机械 仓储部\n手机 138 0000 2217",
    (Chinese, Gbk, Quoted, Plain, 8),
);
pub(super) const OKAFOR: Contact = contact(
    "Daniel Okafor",
    "d.okafor@lagospumps.example",
    "Daniel",
    "Lagos Pumps & Drives Ltd., Maintenance\n+234 1 555 0199",
    (English, Utf8, Quoted, Html, 1),
);
pub(super) const HE: Contact =
    contact("何静", "he.jing@jinheng-trade.example", "何会计", "锦恒贸易 财务部", (Chinese, Gb2312, Base64, Html, 8));
pub(super) const LIU: Contact = contact(
    "刘洋",
    "liuyang@expo-south.example",
    "刘先生",
    "华南会展服务 展商联络\n广州市海珠区阅江中路 380 号",
    (Chinese, Utf8, Quoted, Logo, 8),
);
pub(super) const NORDWIND: Contact = contact(
    "Procurement, Nordwind GmbH",
    "procurement@nordwind.example",
    "colleagues",
    "Nordwind GmbH, Procurement\nAm Sandtorkai 30, 20457 Hamburg",
    (English, Utf8, Quoted, Logo, 1),
);
pub(super) const PETERSEN: Contact = contact(
    "Jens Petersen",
    "jens.petersen@nordwind.example",
    "Jens",
    "Nordwind GmbH, Project Office\nAm Sandtorkai 30, 20457 Hamburg",
    (English, Latin1, Quoted, Html, 1),
);
pub(super) const VOGEL: Contact = contact(
    "Dr. Katrin Vogel",
    "k.vogel@nordwind.example",
    "Katrin",
    "Nordwind GmbH, Legal",
    (English, Utf8, Quoted, Plain, 1),
);
pub(super) const PORTAL: Contact = contact(
    "客户门户通知",
    "no-reply@portal.hengtai.example",
    "",
    "此邮件由系统自动发送，请勿直接回复。",
    (Chinese, Utf8, Base64, Html, 8),
);
pub(super) const CHEN_MEILING: Contact = contact(
    "陳美玲",
    "meiling.chen@hongda-precision.example",
    "陳小姐",
    "宏達精密工業股份有限公司 業務部\n台中市西屯區工業區一路 98 號",
    (Taiwanese, Big5, Base64, Plain, 8),
);
pub(super) const LIN_ZHIMING: Contact = contact(
    "林志明",
    "zm.lin@formosa-bearing.example",
    "林經理",
    "福爾摩沙軸承有限公司 國外部",
    (Taiwanese, Big5, Quoted, Html, 8),
);
pub(super) const LI_NA: Contact =
    contact("李娜（人力资源部）", "hr@example.test", "李娜", "示例公司 人力资源部", (Chinese, Utf8, Base64, Html, 8));
pub(super) const WANG_FANG: Contact =
    contact("王芳", "carol@example.test", "王芳", "示例公司 项目部", (Chinese, Utf8, Eight, Plain, 8));
pub(super) const BOB: Contact =
    contact("Bob Weber", "bob@example.test", "Bob", "Example GmbH, Operations", (English, Utf8, Quoted, Html, 1));

/// Customers and suppliers; the mix sets the mix of languages.
pub(super) const OUTSIDE: &[Contact] = &[
    ZHANG,
    LIN,
    HOFER,
    TANAKA,
    BERNARD,
    WU,
    OKAFOR,
    HE,
    LIU,
    NORDWIND,
    CHEN_MEILING,
    LIN_ZHIMING,
    contact("赵敏", "zhaomin@ruifeng-steel.example", "赵经理", "瑞丰钢材 商务部", (Chinese, Gb18030, Quoted, Plain, 8)),
    contact(
        "周志强",
        "zhouzq@huabei-cable.example",
        "周总",
        "华北电缆集团 大客户部",
        (Chinese, Gb2312, Base64, Plain, 8),
    ),
    contact("孙丽", "sunli@sunrise-pack.example", "孙小姐", "日升包装材料厂", (Chinese, Utf8, Base64, Plain, 8)),
    contact("徐明辉", "xumh@tianhe-auto.example", "徐工", "天河自动化 技术支持", (Chinese, Utf8, Eight, Html, 8)),
    contact("马晓东", "maxd@north-port.example", "马先生", "北港货运代理 单证部", (Chinese, Gbk, Base64, Html, 8)),
    contact(
        "Emma Lindqvist",
        "emma.lindqvist@kullager.example",
        "Emma",
        "Kullager AB, Order desk\nGöteborg",
        (English, Latin1, Quoted, Plain, 1),
    ),
    contact(
        "Paolo Ricci",
        "p.ricci@ricci-raccordi.example",
        "Paolo",
        "Ricci Raccordi S.r.l.\nBrescia",
        (English, Utf8, Quoted, Html, 1),
    ),
    contact(
        "James Whitfield",
        "jwhitfield@whitfield-seals.example",
        "James",
        "Whitfield Seals Ltd, Leeds",
        (English, Utf8, Quoted, Plain, 0),
    ),
    contact(
        "Priya Raman",
        "priya.raman@coromandel-castings.example",
        "Priya",
        "Coromandel Castings, Export desk, Chennai",
        (English, Utf8, Base64, Html, 5),
    ),
    contact(
        "Katarzyna Nowak",
        "k.nowak@polspaw.example",
        "Katarzyna",
        "PolSpaw Sp. z o.o., Wrocław",
        (English, Utf8, Quoted, Plain, 1),
    ),
];

pub(super) const NORDWIND_STAFF: &[Contact] = &[NORDWIND, PETERSEN, VOGEL, BOB];

/// Colleagues, who write about the house itself.
pub(super) const INSIDE: &[Contact] = &[
    LI_NA,
    WANG_FANG,
    BOB,
    contact("IT Service Desk", "it@example.test", "", "Example GmbH, IT", (English, Utf8, Quoted, Plain, 1)),
    contact("黄磊（财务部）", "finance@example.test", "黄磊", "示例公司 财务部", (Chinese, Utf8, Base64, Plain, 8)),
];
