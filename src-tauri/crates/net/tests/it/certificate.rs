//! A certificate authority and servers that use it.

use std::sync::Arc;

use postroom_net::install_crypto_provider;
use postroom_types::{ServerAddress, TlsMode};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// An authority that no system trusts.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's TLS with a certificate for `names`, valid from and to the first days of these years.
    pub(crate) fn server(&self, names: &[&str], years: (i32, i32)) -> Arc<ServerConfig> {
        install_crypto_provider();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}

/// A listener on a free port and its address.
pub(crate) async fn listen(tls: TlsMode) -> (TcpListener, ServerAddress) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, ServerAddress::new("127.0.0.1", port, tls).unwrap())
}

/// A server that sends back upper case, over TLS, until its set is dropped.
pub(crate) async fn shouting(config: Arc<ServerConfig>) -> (JoinSet<()>, ServerAddress) {
    let (listener, address) = listen(TlsMode::Implicit).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let acceptor = TlsAcceptor::from(config);
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            // A client that distrusts us goes away in the middle of it.
            let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = tls.read(&mut buffer).await {
                tls.write_all(&buffer[..count].to_ascii_uppercase()).await.unwrap();
            }
        }
    });
    (tasks, address)
}
