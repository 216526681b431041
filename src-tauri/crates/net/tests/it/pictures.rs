//! Remote pictures: where from, what, how much.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use postroom_net::{NetError, Picture, PictureLimits, fetch_picture, unsubscribe_one_click};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";

fn local() -> PictureLimits {
    PictureLimits { allow_loopback_for_tests: true, ..PictureLimits::default() }
}

/// A web server that answers by path, and what it was asked.
struct Web {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Web {
    async fn new(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (mut tcp, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = tcp.read_u8().await else { break };
                    request.push(byte);
                }
                let request = String::from_utf8(request).unwrap();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                seen.lock().unwrap().push(request);
                // The client may have seen enough.
                if tcp.write_all(&answer(&path)).await.is_ok() {
                    tcp.shutdown().await.ok();
                }
            }
        });
        Self { base, asked, _tasks: tasks }
    }

    async fn get(&self, path: &str) -> Result<Picture, NetError> {
        fetch_picture(&format!("{}{path}", self.base), &local()).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn ok(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nSet-Cookie: id=1\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn to(target: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {target}\r\nSet-Cookie: id=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_picture_is_fetched_without_telling_who_asks() {
    let web = Web::new(|path| if path == "/a" { to("/b?x=1") } else { ok("image/jpeg", PNG) }).await;
    let picture = web.get("/a").await.unwrap();
    assert_eq!(picture, Picture { bytes: PNG.to_vec(), mime_type: "image/png".to_owned() });
    let asked = web.asked();
    assert_eq!(asked.len(), 2);
    for request in &asked {
        let request = request.to_ascii_lowercase();
        for header in ["cookie", "referer", "origin", "authorization", "accept-language", "postroom", "linux"] {
            assert!(!request.contains(header), "{header}: {request}");
        }
        assert!(request.contains("user-agent: mozilla/5.0\r\n"), "{request}");
    }
}

#[tokio::test]
async fn addresses_that_are_not_public_are_never_asked() {
    let web = Web::new(|_| ok("image/png", PNG)).await;
    let port = web.base.rsplit_once(':').unwrap().1;
    let hosts = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[::127.0.0.1]",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
        "１２７.0.0.1",
    ];
    for host in hosts {
        let error = fetch_picture(&format!("http://{host}:{port}/x.png"), &PictureLimits::default()).await.unwrap_err();
        assert!(matches!(error, NetError::PictureAddress { .. }), "{host}: {error}");
    }
    // Some resolvers know it with its dot, some do not; none leads anywhere.
    assert!(fetch_picture(&format!("http://localhost.:{port}/x.png"), &PictureLimits::default()).await.is_err());
    assert_eq!(web.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn odd_addresses_are_refused() {
    for url in [
        "",
        "x.png",
        "//example.com/x.png",
        "file:///etc/passwd",
        "ftp://example.com/x.png",
        "data:image/png;base64,AA==",
        "cid:1",
        "javascript:alert(1)",
        "http://user@example.com/",
        "http://user:word@example.com/",
        "http://example.com:25/",
        "http://example.com:22/",
        "https://example.com:993/",
        "http://",
        "http://exa mple.com/",
    ] {
        let error = fetch_picture(url, &local()).await.unwrap_err();
        assert!(matches!(error, NetError::PictureAddress { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn every_hop_is_checked() {
    for target in [
        "http://10.0.0.1/x.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1:25/",
        "//192.168.1.1/x.png",
        "http://0xa000001/",
    ] {
        let web = Web::new(move |_| to(target)).await;
        let error = web.get("/").await.unwrap_err();
        assert!(matches!(error, NetError::PictureAddress { .. }), "{target}: {error}");
    }
}

#[tokio::test]
async fn redirects_end_after_five() {
    let web = Web::new(|path| match path {
        "/0" => ok("image/png", PNG),
        "/loop" => to("/loop"),
        _ => to(&format!("/{}", path.trim_start_matches('/').parse::<u32>().unwrap() - 1)),
    })
    .await;
    web.get("/5").await.unwrap();
    assert!(matches!(web.get("/6").await.unwrap_err(), NetError::PictureAddress { .. }));
    assert!(web.get("/loop").await.is_err());
    assert_eq!(web.asked().len(), 6 + 6 + 6);
}

#[tokio::test]
async fn only_pictures_are_taken() {
    let web = Web::new(|path| match path {
        "/svg" => ok("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "/svg-as-png" => ok("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "/html" => ok("text/html", PNG),
        "/html-as-gif" => ok("image/gif", b"<html><script>1</script>"),
        "/empty" => ok("image/png", b""),
        "/octets" => ok("application/octet-stream", PNG),
        "/untyped" => [&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], PNG].concat(),
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    })
    .await;
    for path in ["/svg", "/svg-as-png", "/html", "/html-as-gif", "/empty"] {
        let error = web.get(path).await.unwrap_err();
        assert!(matches!(error, NetError::PictureType { .. }), "{path}: {error}");
    }
    for path in ["/octets", "/untyped"] {
        assert_eq!(web.get(path).await.unwrap().mime_type, "image/png", "{path}");
    }
    assert!(matches!(web.get("/gone").await.unwrap_err(), NetError::PictureStatus { status: 404, .. }));
}

#[tokio::test]
async fn a_picture_too_large_is_stopped_announced_or_not() {
    let web = Web::new(|path| match path {
        "/announced" => b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n".to_vec(),
        _ => ok("image/png", &[PNG, &vec![0; 200_000]].concat()),
    })
    .await;
    let limits = PictureLimits { max_bytes: 100_000, ..local() };
    for path in ["/announced", "/endless"] {
        let error = fetch_picture(&format!("{}{path}", web.base), &limits).await.unwrap_err();
        assert!(matches!(error, NetError::PictureTooLarge { max_bytes: 100_000 }), "{path}: {error}");
    }
}

#[tokio::test]
async fn a_picture_that_never_comes_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.png", listener.local_addr().unwrap());
    let limits = PictureLimits { timeout: Duration::from_millis(200), ..local() };
    let error = fetch_picture(&url, &limits).await.unwrap_err();
    assert!(matches!(error, NetError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn each_failure_has_its_name() {
    let unknown = fetch_picture("http://no-such-host.invalid/x.png", &local()).await.unwrap_err();
    assert!(matches!(unknown, NetError::HostUnknown { .. }), "{unknown}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
    drop(listener);
    let refused = fetch_picture(&url, &local()).await.unwrap_err();
    assert!(matches!(refused, NetError::Refused { .. }), "{refused}");

    let web = Web::new(|_| b"220 mail.example.com ESMTP\r\n".to_vec()).await;
    let broken = web.get("/secret-path").await.unwrap_err();
    assert!(matches!(broken, NetError::Lost { .. }), "{broken}");
    assert!(!broken.to_string().contains("secret-path"));
}

#[tokio::test]
async fn a_certificate_is_checked_for_pictures_too() {
    let authority = crate::certificate::Authority::new("Example CA");
    let (_server, address) = crate::certificate::shouting(authority.server(&["127.0.0.1"], (2020, 2100))).await;
    let error = fetch_picture(&format!("https://127.0.0.1:{}/x.png", address.port), &local()).await.unwrap_err();
    assert!(matches!(error, NetError::CertificateUntrusted { .. }), "{error}");
}

#[tokio::test]
async fn a_list_is_left_by_one_request_and_nothing_is_followed() {
    let web = Web::new(|path| match path {
        "/leave?id=1" => ok("text/html", b"<html>gone</html>"),
        "/elsewhere" => to("/leave?id=1"),
        _ => b"HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    })
    .await;
    let leave = async |path: &str| unsubscribe_one_click(&format!("{}{path}", web.base), &local()).await;
    leave("/leave?id=1").await.unwrap();
    let asked = web.asked().concat().to_ascii_lowercase();
    assert!(asked.starts_with("post /leave?id=1 "), "{asked}");
    assert!(asked.contains("content-type: application/x-www-form-urlencoded\r\n"), "{asked}");
    assert!(asked.contains("content-length: 26\r\n"), "{asked}");
    for header in ["cookie", "referer", "origin", "authorization", "accept-language", "postroom"] {
        assert!(!asked.contains(header), "{header}: {asked}");
    }
    for (path, expected) in [("/elsewhere", 302), ("/no", 403)] {
        let refused = leave(path).await.unwrap_err();
        assert!(matches!(refused, NetError::ListStatus { status, .. } if status == expected), "{refused:?}");
    }
    assert_eq!(web.asked().len(), 3, "a redirect is not followed");
}

#[tokio::test]
async fn a_list_is_left_over_https_at_public_addresses_only() {
    let web = Web::new(|_| ok("text/html", b"")).await;
    let port = web.base.rsplit_once(':').unwrap().1;
    for address in [
        web.base.clone(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        "http://example.com/".to_owned(),
        "https://192.168.0.1/".to_owned(),
        "https://user@example.com/".to_owned(),
        "https://example.com:25/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "mailto:a@example.com".to_owned(),
        String::new(),
    ] {
        let refused = unsubscribe_one_click(&address, &PictureLimits::default()).await.unwrap_err();
        assert!(matches!(refused, NetError::PictureAddress { .. }), "{address}: {refused:?}");
    }
    assert!(web.asked().is_empty());
}

/// Answers of DNS that change between two questions: what was checked is what is connected to.
#[tokio::test]
async fn an_answer_cannot_change_between_check_and_connection() {
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static ASKED: AtomicUsize = AtomicUsize::new(0);
    /// First this machine, which the test allows; then, and for other names, networks that nobody allows.
    fn answer(name: &str) -> Vec<SocketAddr> {
        let addresses: &[&str] = match name {
            "turning.example" if ASKED.fetch_add(1, Ordering::SeqCst) == 0 => &["127.0.0.1:0"],
            "turning.example" => &["10.0.0.1:0"],
            "mixed.example" => &["127.0.0.1:0", "192.168.1.1:0"],
            "mapped.example" => &["[::ffff:10.0.0.1]:0"],
            _ => &[],
        };
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }
    let web = Web::new(|path| if path == "/again" { to("/x") } else { ok("image/png", PNG) }).await;
    let port = web.base.rsplit_once(':').unwrap().1;
    let limits = PictureLimits { names_for_tests: Some(answer), ..local() };
    let get = async |host: &str, path: &str| fetch_picture(&format!("http://{host}:{port}{path}"), &limits).await;

    get("turning.example", "/x").await.unwrap();
    assert_eq!(ASKED.load(Ordering::SeqCst), 1, "asked once, and connected to the answer");
    for host in ["turning.example", "mixed.example", "mapped.example"] {
        let error = get(host, "/x").await.unwrap_err();
        assert!(matches!(error, NetError::PictureAddress { .. }), "{host}: {error}");
    }
    assert!(matches!(get("none.example", "/x").await.unwrap_err(), NetError::HostUnknown { .. }));
    // A redirect asks anew, and is checked anew.
    ASKED.store(0, Ordering::SeqCst);
    let error = get("turning.example", "/again").await.unwrap_err();
    assert!(matches!(error, NetError::PictureAddress { .. }), "{error}");
    assert_eq!((ASKED.load(Ordering::SeqCst), web.asked().len()), (2, 2));
}
