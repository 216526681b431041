//! Messages that the tests deliver.

/// What the PDF holds; bytes of every kind.
pub(crate) const FILE: &[u8] = b"%PDF-1.4\n\0\x1b[31m\xff\xfe not really\r\n%%EOF\n";

/// A quotation in Chinese: text, HTML, an attachment with a Chinese name.
pub(crate) const QUOTATION: &str = "From: =?UTF-8?B?5byg5Lyf?= <zhang.wei@example.test>\r\n\
To: Bob Ford <bob@example.test>, carol@example.test\r\n\
Cc: sales@example.test\r\n\
Reply-To: Orders <orders@example.test>\r\n\
Subject: =?UTF-8?B?5oql5Lu35Y2V?= 2026\r\n\
Date: Mon, 02 Nov 2026 09:30:00 +0800\r\n\
Message-ID: <quotation@example.test>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=outer\r\n\
\r\n\
--outer\r\n\
Content-Type: multipart/alternative; boundary=inner\r\n\
\r\n\
--inner\r\n\
Content-Type: text/plain; charset=gb18030\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
xPq6w6OsuL28/srHsai827Wlo6zH67LpytWhowo=\r\n\
--inner\r\n\
Content-Type: text/html; charset=utf-8\r\n\
\r\n\
<p>The <b>quotation</b> <script>alert(1)</script>is attached.</p>\r\n\
--inner--\r\n\
--outer\r\n\
Content-Type: application/pdf; name=\"=?UTF-8?B?5oql5Lu35Y2VLnBkZg==?=\"\r\n\
Content-Disposition: attachment; filename=\"=?UTF-8?B?5oql5Lu35Y2VLnBkZg==?=\"\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
JVBERi0xLjQKABtbMzFt//4gbm90IHJlYWxseQ0KJSVFT0YK\r\n\
--outer--\r\n";

/// Tries to paint the reader's terminal, in every place.
pub(crate) const PAINTER: &str = "From: =?UTF-8?Q?Pay=1B]0;owned=07ment?= <pay@example.test>\r\n\
To: bob@example.test\r\n\
Subject: =?UTF-8?Q?red=1B[31m=C2=9B2J=7F?= end\r\n\
Date: Tue, 03 Nov 2026 10:00:00 +0000\r\n\
Message-ID: <painter@example.test>\r\n\
X-Odd: \x1b[2Jheader\r\n\
MIME-Version: 1.0\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: 8bit\r\n\
\r\n\
first \x1b[31mred\x1b[0m\r\n\
second \u{9b}2J\x07 \u{202e}line\r\n";

/// A plain message; `n` makes its date and its subject.
pub(crate) fn plain(n: u32) -> String {
    let (day, hour) = (1 + n / 24 % 28, n % 24);
    format!(
        "From: Alice Adams <alice@example.test>\r\n\
         To: bob@example.test\r\n\
         Subject: Delivery note {n}\r\n\
         Date: {day:02} Oct 2026 {hour:02}:00:00 +0000\r\n\
         Message-ID: <plain-{n}@example.test>\r\n\
         \r\n\
         Pallet number {n} is on its way.\r\n"
    )
}
