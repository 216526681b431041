//! A certificate authority of the lab's own, and the servers' certificate signed by it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// The authority's certificate and where the three PEM files lie.
#[derive(Debug)]
pub(crate) struct Ca {
    pub(crate) pem: String,
    pub(crate) file: PathBuf,
    pub(crate) server_cert: PathBuf,
    pub(crate) server_key: PathBuf,
}

impl Ca {
    /// Makes a new authority and a server certificate for `localhost` and `127.0.0.1`, and writes them into `dir`.
    pub(crate) fn create(dir: &Path) -> anyhow::Result<Self> {
        let ca_key = KeyPair::generate().context("the authority's key")?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = name("Postroom lab CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
        let pem = params.self_signed(&ca_key).context("the authority's certificate")?.pem();
        let issuer = Issuer::new(params, ca_key);

        let key = KeyPair::generate().context("the server's key")?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name = name("localhost");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
        let cert = params.signed_by(&key, &issuer).context("the server's certificate")?.pem();

        let ca = Self {
            pem,
            file: dir.join("ca.pem"),
            server_cert: dir.join("server.pem"),
            server_key: dir.join("key.pem"),
        };
        fs::write(&ca.file, &ca.pem)?;
        fs::write(&ca.server_cert, cert)?;
        fs::write(&ca.server_key, key.serialize_pem())?;
        fs::set_permissions(&ca.server_key, fs::Permissions::from_mode(0o600))?;
        Ok(ca)
    }
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
