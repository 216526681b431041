//! A server that follows a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use postroom_net::{Trust, install_crypto_provider};
use postroom_smtp::{SmtpError, check_login};
use postroom_types::{Secret, ServerAddress, TlsMode};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A password that must turn up nowhere.
pub(crate) const CANARY: &str = "canary-7Yq";

/// One thing that the server does.
#[derive(Clone)]
pub(crate) enum Step {
    /// Sends bytes.
    Say(Vec<u8>),
    /// Sends one byte again and again, so long apart.
    Drip(u8, Duration),
    /// Waits until everybody else does (time is paused).
    Pause(Duration),
    /// Reads a line, which must begin so.
    Hear(&'static str),
    /// Speaks TLS from here on.
    Tls,
    /// Keeps the connection and does nothing.
    Sleep,
}

pub(crate) use Step::{Hear, Sleep, Tls};

pub(crate) fn say(text: &str) -> Step {
    Step::Say(text.as_bytes().to_vec())
}

/// What came of a login.
pub(crate) struct Outcome {
    pub(crate) result: Result<(), SmtpError>,
    /// Every line that the server heard.
    pub(crate) heard: Vec<String>,
}

impl Outcome {
    /// The error and that neither it nor its fault holds the password.
    pub(crate) fn error(&self) -> &SmtpError {
        let error = self.result.as_ref().unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.fault());
        assert!(!shown.contains(CANARY), "{shown}");
        error
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

struct Identity {
    config: Arc<ServerConfig>,
    ca: String,
}

fn identity() -> Identity {
    install_crypto_provider();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap());
    Identity { config, ca: authority.pem() }
}

/// Logs in to a server that follows `steps`, once.
pub(crate) async fn login(tls: TlsMode, steps: Vec<Step>) -> Outcome {
    login_as(tls, steps, "alice@example.com", CANARY).await
}

/// The same with a user name and a password of one's own.
pub(crate) async fn login_as(tls: TlsMode, steps: Vec<Step>, user: &str, password: &str) -> Outcome {
    let identity = identity();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::new("127.0.0.1", listener.local_addr().unwrap().port(), tls).unwrap();
    let trust = Trust::with_ca_pem(&identity.ca).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, identity.config, steps, Arc::clone(&heard)));
    let result = check_login(&address, &trust, user, &Secret::new(password.to_owned())).await;
    if result.is_ok() {
        // To its end, so that what it misses is noticed.
        tasks.join_all().await;
    } else {
        tasks.shutdown().await;
    }
    let heard = heard.lock().unwrap().clone();
    Outcome { result, heard }
}

async fn serve(listener: TcpListener, config: Arc<ServerConfig>, steps: Vec<Step>, heard: Arc<Mutex<Vec<String>>>) {
    let (tcp, _) = listener.accept().await.unwrap();
    let mut wire: BufReader<Box<dyn Wire>> = BufReader::new(Box::new(tcp));
    for step in steps {
        match step {
            // The client may be gone: what it made of us is what the test looks at.
            Step::Say(bytes) => {
                if wire.write_all(&bytes).await.is_err() || wire.flush().await.is_err() {
                    return;
                }
            }
            Step::Drip(byte, pause) => {
                while wire.write_all(&[byte]).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
                return;
            }
            Step::Pause(pause) => tokio::time::sleep(pause).await,
            Hear(begin) => {
                let mut line = String::new();
                if !matches!(wire.read_line(&mut line).await, Ok(1..)) {
                    return;
                }
                heard.lock().unwrap().push(line.trim_end().to_owned());
                assert!(line.starts_with(begin), "{line:?} where {begin:?} was due");
            }
            Tls => match TlsAcceptor::from(Arc::clone(&config)).accept(wire.into_inner()).await {
                Ok(tls) => wire = BufReader::new(Box::new(tls)),
                Err(_) => return,
            },
            Sleep => std::future::pending().await,
        }
    }
}
