//! Whose certificates are believed.
//!
//! The platform's verifier decides (`rustls-platform-verifier`): the system's own chain engine on Windows and macOS, the
//! system's certificate folder checked by webpki elsewhere. A private authority is added to it and needs no trust of the
//! system; it widens trust for the one account that it was given for, host names are checked all the same.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::NetError;

/// A private authority's file is a few kilobytes; more than this is something else.
const CA_MAX_BYTES: usize = 1024 * 1024;

/// Whose certificates are believed: the platform's authorities and, where given, private ones.
///
/// Cheap to clone; clones share the TLS configuration and its session tickets. The platform's authorities are read once,
/// at the first connection.
#[derive(Clone, Default)]
pub struct Trust {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    private: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").field("private", &self.inner.private.len()).finish_non_exhaustive()
    }
}

impl Trust {
    /// The platform's authorities alone.
    pub fn platform() -> Self {
        Self::default()
    }

    /// The platform's authorities and those of a PEM file, which may hold several certificates.
    ///
    /// # Errors
    /// [`NetError::InvalidCa`] if there is no certificate in it, or one that cannot be read. A private key in the file
    /// is refused too: it does not belong in a mail program.
    pub fn with_ca_pem(pem: &str) -> Result<Self, NetError> {
        let invalid = |reason: String| NetError::InvalidCa { reason };
        if pem.len() > CA_MAX_BYTES {
            return Err(invalid("the file is larger than 1 MB".to_owned()));
        }
        if pem.contains("PRIVATE KEY-----") {
            return Err(invalid("the file holds a private key; give the certificate alone".to_owned()));
        }
        let mut private = Vec::new();
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| invalid(format!("it is not a PEM file ({error})")))?;
            store.add(certificate.clone()).map_err(|error| {
                invalid(format!("certificate {} in the file cannot be read ({error})", private.len() + 1))
            })?;
            private.push(certificate);
        }
        if private.is_empty() {
            return Err(invalid(
                "there is no certificate in the file (it begins with -----BEGIN CERTIFICATE-----)".to_owned(),
            ));
        }
        Ok(Self { inner: Arc::new(Inner { private, config: OnceLock::new() }) })
    }

    /// The TLS configuration. The first call reads the system's certificates from disk, so off the async threads.
    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>, NetError> {
        if let Some(config) = self.inner.config.get() {
            return Ok(Arc::clone(config));
        }
        let inner = Arc::clone(&self.inner);
        let built = tokio::task::spawn_blocking(move || build(inner.private.clone())).await;
        let config = built.map_err(|error| NetError::NoRoots { detail: error.to_string() })??;
        Ok(Arc::clone(self.inner.config.get_or_init(|| Arc::new(config))))
    }
}

fn build(private: Vec<CertificateDer<'static>>) -> Result<ClientConfig, NetError> {
    // Never the process default: some dependency may have installed another, with other algorithms.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let no_roots = |error: rustls::Error| NetError::NoRoots { detail: error.to_string() };
    let verifier = if private.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(private, Arc::clone(&provider))
    };
    let verifier = verifier.map_err(no_roots)?;
    debug_assert!(!verifier.supported_verify_schemes().is_empty(), "a verifier without signatures trusts nobody");
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(no_roots)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// Makes aws-lc-rs the process's TLS provider. First line of every `main`; doing it again changes nothing.
pub fn install_crypto_provider() {
    if CryptoProvider::get_default().is_none() && aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("another thread installed the TLS provider first");
    }
}
