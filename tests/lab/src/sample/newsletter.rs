//! Newsletters as they are: tables, inline styles, a style sheet, remote pictures and one of a single pixel that tells the
//! sender who reads.

use std::fmt::Write as _;
use std::time::SystemTime;

use super::mime::{self, Charset, Transfer};
use super::people::Tongue;
use super::scribe::Scribe;
use super::texts::Facts;
use super::{files, letter};

struct Paper {
    name: &'static str,
    address: &'static str,
    colour: &'static str,
    chinese: bool,
    subjects: &'static [&'static str],
    items: &'static [(&'static str, &'static str)],
}

const PAPERS: &[Paper] = &[
    Paper {
        name: "Industrial Weekly",
        address: "weekly@news.example",
        colour: "#1f5fa8",
        chinese: false,
        subjects: &[
            "Industrial Weekly: steel index down {pct} %, freight up",
            "Week {week}: what the {port} backlog means for buyers",
            "Five questions to ask before you sign a framework agreement",
        ],
        items: &[
            (
                "Freight rates rise for the {some}th week",
                "Spot prices from {port} climbed by {pct} % as carriers cancelled sailings. Analysts expect calm only in {month}.",
            ),
            (
                "Steel index: small relief",
                "Hot-rolled coil fell by {pct} % against the month before; forgings follow with a delay of about two quarters.",
            ),
            (
                "A visit to a plant without paper",
                "How a maker of {item} in Ghent replaced {qty} delivery notes a week by one scan at the gate.",
            ),
            (
                "New rules for certificates of origin",
                "From {d3} several ports accept only originals. Our checklist shows what exporters should prepare.",
            ),
            (
                "Reader's question: who pays for safety stock?",
                "Three lawyers, three answers, and the one clause on which they agree.",
            ),
        ],
    },
    Paper {
        name: "物流周报",
        address: "zhoubao@news.example",
        colour: "#b3541e",
        chinese: true,
        subjects: &[
            "物流周报第 {week} 期：{port}拥堵缓解，运价回落 {pct}%",
            "第 {week} 期：中欧班列加开，{month}舱位预订指南",
            "本周要点：原产地证新规 {d3} 起执行",
        ],
        items: &[
            (
                "{port}作业恢复，平均等泊降至 {v} 天",
                "上周台风造成的积压已基本消化，船公司表示{month}底前航班可恢复正常。",
            ),
            ("中欧班列本周加开 {some} 列", "受海运延误影响，机电产品改走铁路的需求增加，运价较上月上涨 {pct}%。"),
            ("原产地证新规解读", "{d3} 起多个港口只接受正本，建议出口企业提前 {v} 天办理。"),
            ("案例：一家{item}工厂的无纸化收货", "每周 {qty} 张送货单改为扫码，对账时间从三天缩短到两小时。"),
            ("财税提醒", "{month}起电子发票抬头不符将无法抵扣，请务必核对“有限公司”全称。"),
        ],
    },
    Paper {
        name: "Valve & Pump Review",
        address: "review@news.example",
        colour: "#2c7a5b",
        chinese: false,
        subjects: &[
            "Valve & Pump Review {month}: sealing at 300 bar",
            "Now online: the {year} supplier guide",
            "Last seats: webinar on gasket failures, {d2}",
        ],
        items: &[
            (
                "Why gaskets fail early",
                "Surface, torque, medium: our laboratory opened {some} returned pumps and found the same cause in most.",
            ),
            (
                "Supplier guide {year}",
                "{qty} makers in {some} countries, with delivery times as their customers see them.",
            ),
            ("Webinar on {d2}, {hour}:00", "Two engineers answer your questions on {item}. Participation is free."),
            (
                "From the standards committee",
                "The new edition lowers the limit for leakage by {pct} %; the transition ends in {next}.",
            ),
        ],
    },
];

impl Scribe<'_> {
    pub(super) fn newsletter(&mut self, folder: &'static str, flags: &'static str, at: SystemTime) {
        let which = self.rng.range(0, 2);
        let Some(paper) = PAPERS.iter().cycle().nth(usize::try_from(which).unwrap_or(0)) else { return };
        let tongue = if paper.chinese { Tongue::Chinese } else { Tongue::English };
        let facts = Facts::new(&mut self.rng, tongue, at);
        let issue = self.rng.range(100_000, 999_999);
        let count = self.rng.pick(&[3, 3, 4]);
        let items: Vec<(String, String)> =
            self.rng.some(paper.items, count).into_iter().map(|(a, b)| (facts.fill(a), facts.fill(b))).collect();
        let subject = facts.fill(self.rng.pick(paper.subjects));
        let transfer = if paper.chinese { Transfer::Base64 } else { Transfer::Quoted };
        let mut plain = format!("{subject}\n\n");
        for (title, text) in &items {
            write!(plain, "* {title}\n  {text}\n\n").unwrap_or_default();
        }
        writeln!(plain, "https://www.news.example/issue/{issue}").unwrap_or_default();
        let html = paper_html(paper, &subject, &items, issue);
        let parts =
            [mime::text("plain", &plain, Charset::Utf8, transfer), mime::text("html", &html, Charset::Utf8, transfer)];
        let body = mime::multipart("alternative", &letter::boundary(&mut self.rng), &parts);
        let list = paper.address.split('@').next().unwrap_or_default();
        let extra = vec![
            ("List-Id", format!("<{list}.news.example>")),
            (
                "List-Unsubscribe",
                format!("<https://www.news.example/u/{issue}>, <mailto:off@news.example?subject={issue}>"),
            ),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ("Precedence", "bulk".to_owned()),
        ];
        self.simple((folder, flags), (paper.name, paper.address), subject, at, extra, &body);
    }
}

fn paper_html(paper: &Paper, subject: &str, items: &[(String, String)], issue: u64) -> String {
    let colour = paper.colour;
    let (more, stop) = if paper.chinese { ("阅读全文", "退订") } else { ("Read on", "Unsubscribe") };
    let mut rows = String::new();
    for (at, (title, text)) in items.iter().enumerate() {
        write!(
            rows,
            "<tr><td class=\"item\" style=\"padding:16px 24px;border-bottom:1px solid #e6e8eb\">\n\
             <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr>\n\
             <td width=\"140\" valign=\"top\"><img src=\"https://img.news.example/{issue}/{at}.jpg\" width=\"124\" height=\"84\" alt=\"\" style=\"border-radius:4px;display:block\"></td>\n\
             <td valign=\"top\" style=\"font-size:14px;line-height:1.5;color:#333\"><b style=\"font-size:16px;color:{colour}\">{title}</b><br>{text}\n\
             <br><a href=\"https://www.news.example/issue/{issue}/{at}?utm_source=mail\" style=\"color:{colour}\">{more}</a></td>\n\
             </tr></table></td></tr>\n"
        )
        .unwrap_or_default();
    }
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{subject}</title>\n\
         <style>\nbody {{ margin: 0; background: #f2f4f6; }}\n.item a {{ text-decoration: none; }}\n@media (max-width: 600px) {{ .wide {{ width: 100% !important; }} }}\n</style></head>\n\
         <body style=\"margin:0;background:#f2f4f6\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" bgcolor=\"#f2f4f6\"><tr><td align=\"center\">\n\
         <table class=\"wide\" role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#fff;font-family:Arial,'Microsoft YaHei',sans-serif\">\n\
         <tr><td style=\"background:{colour};padding:20px 24px;color:#fff;font-size:22px;font-weight:bold\">{name}</td></tr>\n\
         <tr><td><img src=\"https://img.news.example/{issue}/head.jpg\" width=\"600\" height=\"180\" alt=\"{name}\" style=\"display:block;width:100%\"></td></tr>\n\
         <tr><td style=\"padding:20px 24px 4px;font-size:18px;color:#202124\">{subject}</td></tr>\n{rows}\
         <tr><td style=\"padding:16px 24px;font-size:12px;color:#80868b\">{name} · <a href=\"https://www.news.example/u/{issue}\" style=\"color:#80868b\">{stop}</a></td></tr>\n\
         </table></td></tr></table>\n\
         <img src=\"https://img.news.example/open.gif?m={issue}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:none\">\n</body></html>\n",
        name = files::escape(paper.name)
    )
}
