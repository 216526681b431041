//! Messages made to exhaust the stack, memory or time of whoever reads them: one of each shape, of any size.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A shape.
#[derive(Debug, Clone, Copy)]
pub struct Bomb {
    /// What it is made of.
    pub name: &'static str,
    /// Makes one of about so many bytes.
    pub make: fn(usize) -> Vec<u8>,
}

/// A piece, over and over.
fn fill(size: usize, piece: &str) -> String {
    piece.repeat(size / piece.len().max(1))
}

/// Numbered pieces.
fn count(size: usize, piece: fn(usize) -> String) -> String {
    let mut out = String::with_capacity(size + 100);
    let mut number = 0;
    while out.len() < size {
        out.push_str(&piece(number));
        number += 1;
    }
    out
}

fn field(name: &str, value: &str) -> Vec<u8> {
    format!("From: a@b.example\n{name}: {value}\n\nbody\n").into_bytes()
}

fn body(headers: &str, body: &str) -> Vec<u8> {
    format!("From: a@b.example\n{headers}\n\n{body}").into_bytes()
}

fn html(page: &str) -> Vec<u8> {
    body("Content-Type: text/html; charset=utf-8", page)
}

fn text(charset: &str, of: &str) -> Vec<u8> {
    body(&format!("Content-Type: text/plain; charset={charset}"), of)
}

fn base64(mime_type: &str, bytes: &[u8]) -> Vec<u8> {
    body(&format!("Content-Type: {mime_type}\nContent-Transfer-Encoding: base64"), &STANDARD.encode(bytes))
}

/// A winmail.dat of attributes: level, number, data.
fn tnef(attributes: &[(u8, u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x78\x9f\x3e\x22\x01\0".to_vec();
    for (level, number, data) in attributes {
        out.push(*level);
        out.extend(number.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(data);
        out.extend(data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_le_bytes());
    }
    out
}

/// One property of a winmail.dat: type, number, value.
fn property(kind: u16, number: u16, value: &[u8]) -> Vec<u8> {
    let mut out = 1_u32.to_le_bytes().to_vec();
    out.extend(kind.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(value);
    out.extend(vec![0; (4 - value.len() % 4) % 4]);
    out
}

fn nested_tnef(size: usize) -> Vec<u8> {
    let message = b"\x07\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";
    let mut stream = tnef(&[(2, 0x0006_800f, vec![b'x'; size / 2])]);
    for _ in 0..1_000 {
        let object = [message.as_slice(), &stream].concat();
        stream = tnef(&[(2, 0x0006_9005, property(0x0d, 0x3701, &object))]);
    }
    stream
}

fn nested_base64(size: usize) -> Vec<u8> {
    let mut message = body("", &fill(size / 4, "text\n"));
    while message.len() < size {
        message = base64("message/rfc822", &message);
    }
    message
}

/// All shapes.
pub const BOMBS: &[Bomb] = &[
    Bomb { name: "nested messages", make: |n| fill(n, "Content-Type: message/rfc822\n\n").into_bytes() },
    Bomb {
        name: "nested multiparts",
        make: |n| count(n, |at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n")).into_bytes(),
    },
    Bomb {
        name: "nested digests",
        make: |n| count(n, |at| format!("Content-Type: multipart/digest; boundary=b{at}\n\n--b{at}\n\n")).into_bytes(),
    },
    Bomb { name: "messages in base64 in base64", make: nested_base64 },
    Bomb { name: "fields", make: |n| (fill(n, "A:\n") + "\nbody").into_bytes() },
    Bomb { name: "one long field", make: |n| field("Subject", &fill(n, "a")) },
    Bomb { name: "a folded field", make: |n| field("Subject", &fill(n, "a\n ")) },
    Bomb { name: "lines that are no field", make: |n| field("Subject", &fill(n, "x\nnothing\n")) },
    Bomb { name: "repeated recipients", make: |n| (fill(n, "To: a@b,c@d\n") + "\nbody").into_bytes() },
    Bomb { name: "parts", make: |n| body("Content-Type: multipart/mixed; boundary=b\n", &fill(n, "--b\n\nx\n")) },
    Bomb {
        name: "parts without anything",
        make: |n| body("Content-Type: multipart/mixed; boundary=b\n", &fill(n, "--b\n")),
    },
    Bomb {
        name: "lines that look like boundaries",
        make: |n| body("Content-Type: multipart/mixed; boundary=b\n", &fill(n, "--\n")),
    },
    Bomb {
        name: "boundaries of fifty levels",
        make: |n| {
            let long = "b".repeat(900);
            let open = (0..50).fold(String::new(), |open, at| {
                open + &format!("Content-Type: multipart/mixed; boundary={long}{at}\n\n--{long}{at}\n")
            });
            (open + &fill(n, &format!("--{long} \n"))).into_bytes()
        },
    },
    Bomb {
        name: "parameters in pieces",
        make: |n| field("Content-Type", &format!("a/b; {}", count(n, |at| format!("f*{at}*=%41;")))),
    },
    Bomb {
        name: "one piece again and again",
        make: |n| field("Content-Type", &format!("a/b; {}", fill(n, "name*0=a;"))),
    },
    Bomb {
        name: "parameters",
        make: |n| field("Content-Disposition", &format!("attachment; {}", count(n, |at| format!("p{at}=x;")))),
    },
    Bomb {
        name: "names",
        make: |n| field("Content-Disposition", &format!("attachment; {}", fill(n, "filename=a.exe;"))),
    },
    Bomb {
        name: "a quote that never ends",
        make: |n| field("Content-Type", &format!("a/b; name=\"{}", fill(n, "\\\"a"))),
    },
    Bomb { name: "addresses", make: |n| field("To", &fill(n, "a@b,")) },
    Bomb { name: "groups", make: |n| field("To", &fill(n, "a:b@c,;")) },
    Bomb { name: "comments", make: |n| field("To", &fill(n, "(")) },
    Bomb { name: "angle brackets", make: |n| field("To", &fill(n, "<")) },
    Bomb { name: "encoded words", make: |n| field("Subject", &fill(n, "=?utf-8?Q?=E4=BD=A0?= ")) },
    Bomb { name: "encoded words without end", make: |n| field("Subject", &fill(n, "=?utf-8?B?")) },
    Bomb { name: "beginnings of encoded words in names", make: |n| field("From", &fill(n, "=?a?q?x ")) },
    Bomb { name: "references", make: |n| field("References", &fill(n, "<a@b> ")) },
    Bomb { name: "a date of numbers", make: |n| field("Date", &fill(n, "1 ")) },
    Bomb { name: "base64", make: |n| base64("application/pdf", &vec![0; n / 4 * 3]) },
    Bomb {
        name: "base64 of signs",
        make: |n| body("Content-Type: text/plain\nContent-Transfer-Encoding: base64", &fill(n, "A!=\n")),
    },
    Bomb {
        name: "quoted-printable",
        make: |n| body("Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable", &fill(n, "=3C=\nb")),
    },
    Bomb { name: "beginnings of uuencode", make: |n| text("us-ascii", &fill(n, "begin 644 a\n#0V%T\n")) },
    Bomb { name: "uuencoded files", make: |n| text("us-ascii", &fill(n, "begin 644 a\n#0V%T\n`\nend\n")) },
    Bomb { name: "beginnings of yEnc", make: |n| text("us-ascii", &fill(n, "=ybegin line=128 name=a\nabc\n")) },
    Bomb { name: "one line", make: |n| text("utf-8", &fill(n, "a")) },
    Bomb { name: "bare CR", make: |n| format!("Subject: a\r\r{}", fill(n, "b\r")).into_bytes() },
    Bomb { name: "NUL", make: |n| text("utf-8", &fill(n, "\0")) },
    Bomb { name: "unknown charset", make: |n| [text("x-none", ""), [0xb9, 0xd8, b' '].repeat(n / 3)].concat() },
    Bomb { name: "escapes of ISO-2022-JP", make: |n| text("iso-2022-jp", &fill(n, "\x1b$B\x1b(B")) },
    Bomb { name: "HZ", make: |n| text("hz-gb-2312", &fill(n, "~{<:~}")) },
    Bomb { name: "ISO-2022-KR", make: |n| text("iso-2022-kr", &fill(n, "\x0e\x0f\x1b$)C")) },
    Bomb { name: "UTF-7", make: |n| text("utf-7", &fill(n, "+")) },
    Bomb {
        name: "quotes of flowed text",
        make: |n| body("Content-Type: text/plain; format=flowed; delsp=yes", &fill(n, ">>>>>>>> \n> \n")),
    },
    Bomb { name: "<div>", make: |n| html(&fill(n, "<div>")) },
    Bomb { name: "tables in tables", make: |n| html(&fill(n, "<table><tr><td>")) },
    Bomb { name: "formatting without end", make: |n| html(&fill(n, "<b><i><font size=1><p>")) },
    Bomb { name: "attributes", make: |n| html(&format!("<p {}>x", count(n, |at| format!(" a{at}=1")))) },
    Bomb {
        name: "attributes of two megabytes",
        make: |n| html(&format!("<p {}>x", count(n.min(1_900_000), |at| format!(" a{at}=1")))),
    },
    Bomb { name: "entities", make: |n| html(&fill(n, "&amp;")) },
    Bomb { name: "entities of two megabytes", make: |n| html(&fill(n.min(1_900_000), "&amp;")) },
    Bomb { name: "<", make: |n| html(&fill(n.min(1_900_000), "<")) },
    Bomb { name: "comments of a page", make: |n| html(&fill(n.min(1_900_000), "<!--")) },
    Bomb { name: "a style sheet", make: |n| html(&format!("<style>{}", fill(n.min(1_900_000), "a{color:red}"))) },
    Bomb { name: "line breaks", make: |n| html(&fill(n.min(1_900_000), "<br>")) },
    Bomb {
        name: "names of pictures",
        make: |n| {
            let page =
                format!("--b\nContent-Type: text/html\n\n{}\n", count(n / 2, |at| format!("<img src=cid:{at}>")));
            let files = count(n / 2, |at| format!("--b\nContent-Type: image/png\nContent-ID: <{at}>\n\nx\n"));
            body("Content-Type: multipart/related; boundary=b", &(page + &files))
        },
    },
    Bomb { name: "enriched quotes", make: |n| body("Content-Type: text/enriched", &fill(n, "<excerpt>a\n\n")) },
    Bomb {
        name: "groups of rich text",
        make: |n| body("Content-Type: text/rtf", &format!("{{\\rtf1{}", fill(n, "{"))),
    },
    Bomb {
        name: "fonts of rich text",
        make: |n| {
            let fonts = count(n / 2, |at| format!("{{\\f{at}\\fcharset134 x;}}"));
            body("Content-Type: text/rtf", &format!("{{\\rtf1{{\\fonttbl{fonts}}}{}", fill(n / 2, "\\f1\\'ba\\u1?")))
        },
    },
    Bomb { name: "winmail.dat in winmail.dat", make: |n| base64("application/ms-tnef", &nested_tnef(n / 4 * 3)) },
    Bomb {
        name: "files of a winmail.dat",
        make: |n| {
            let files: Vec<_> = (0..n / 60).map(|_| (2, 0x0006_9002, vec![0; 14])).collect();
            base64("application/ms-tnef", &tnef(&files))
        },
    },
    Bomb {
        name: "properties of a winmail.dat",
        make: |n| {
            let mut list = u32::MAX.to_le_bytes().to_vec();
            list.extend([0x03, 0, 0x37, 0, 1, 2, 3, 4].repeat(n / 11));
            base64("application/ms-tnef", &tnef(&[(1, 0x0006_9003, list)]))
        },
    },
    Bomb {
        name: "compressed rich text",
        make: |n| {
            // Each two bytes are a reference to seventeen.
            let packed = [
                b"\xff\xff\xff\x7f\xff\xff\xff\x7fLZFu\0\0\0\0".as_slice(),
                &b"\xff\0\x0f\0\x0f\0\x0f\0\x0f\0\x0f\0\x0f\0\x0f\0\x0f".repeat(n / 24),
            ]
            .concat();
            base64("application/ms-tnef", &tnef(&[(1, 0x0006_9003, property(0x102, 0x1009, &packed))]))
        },
    },
    Bomb {
        name: "an Outlook file of nothing",
        make: |n| {
            let file = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &vec![0xff; n / 4 * 3]].concat();
            base64("application/vnd.ms-outlook", &file)
        },
    },
    Bomb {
        name: "a zip of zeros",
        make: |n| base64("application/zip; name=a.zip", &[b"PK\x03\x04".as_slice(), &vec![0; n / 4 * 3]].concat()),
    },
];
