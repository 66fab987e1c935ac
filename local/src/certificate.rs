//! The certificate under which the stack answers HTTPS: functions speak it to `https://${domainName}/${stage}`, as on AWS.
//!
//! Each start makes an authority, has it sign one certificate, and forgets the authority's key, so that nobody can make
//! another one that functions would trust. The authority is written into the data folder, where the environment of
//! functions names it.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;

/// The name of the authority, which a person sees who looks at a refused certificate.
const AUTHORITY: &str = "Turnlog local stack";

/// How many characters a line of base64 has in PEM.
const PEM_LINE_CHARS: usize = 64;

/// The files by which functions trust the stack.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    /// The authority alone, for what adds it to what is trusted already.
    authority: PathBuf,
    /// The authority and all that this machine trusts, for what replaces the latter by it: functions also talk to others.
    bundle: PathBuf,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error(transparent)]
    Make(#[from] rcgen::Error),
    #[error(transparent)]
    Use(#[from] rustls::Error),
    #[error(transparent)]
    Keep(#[from] io::Error),
    #[error("{}: {source}", .path.display())]
    Unreadable { path: PathBuf, source: pem::Error },
}

/// Makes a certificate for a stack at this address, and keeps in `folder` what is needed to trust it.
///
/// # Errors
/// When it cannot be made or kept.
pub(crate) fn issue(address: IpAddr, folder: &Path) -> Result<(TlsAcceptor, Trust), CertificateError> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, AUTHORITY);
    let authority_key = KeyPair::generate()?;
    let authority = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned(), address.to_string()];
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let acceptor = acceptor(vec![certificate.der().clone()], key.into())?;
    Ok((acceptor, Trust::keep(authority.der(), folder)?))
}

/// The certificate of somebody who has one: its chain, and its key, each as a file in PEM.
///
/// # Errors
/// When one of the files cannot be read, holds nothing of that kind, or does not belong to the other.
pub(crate) fn read(chain: &Path, key: &Path) -> Result<TlsAcceptor, CertificateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| CertificateError::Unreadable { path, source }
    };
    let chain = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(chain))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    Ok(acceptor(chain, key)?)
}

fn acceptor(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<TlsAcceptor, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Trust {
    fn keep(authority: &[u8], folder: &Path) -> Result<Self, io::Error> {
        // A function's working folder is another one.
        let folder = folder.canonicalize()?;
        let trust = Self { authority: folder.join("authority.pem"), bundle: folder.join("trusted.pem") };
        let authority = pem(authority);
        let others = rustls_native_certs::load_native_certs();
        if let (true, Some(error)) = (others.certs.is_empty(), others.errors.first()) {
            tracing::warn!(%error, "functions trust nobody but this stack");
        }
        let bundle = others.certs.iter().map(|certificate| pem(certificate)).chain([authority.clone()]);
        std::fs::write(&trust.bundle, bundle.collect::<String>())?;
        std::fs::write(&trust.authority, authority)?;
        Ok(trust)
    }

    /// The variables by which HTTP clients are told whom to trust: those of the AWS SDKs, of OpenSSL, Go and rustls, of
    /// Python's requests, and of Node, the only one that adds to what is trusted already.
    pub(crate) fn variables(&self) -> [(&'static str, &Path); 4] {
        [
            ("AWS_CA_BUNDLE", &self.bundle),
            ("NODE_EXTRA_CA_CERTS", &self.authority),
            ("REQUESTS_CA_BUNDLE", &self.bundle),
            ("SSL_CERT_FILE", &self.bundle),
        ]
    }
}

fn pem(certificate: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(certificate);
    let lines = text.as_bytes().chunks(PEM_LINE_CHARS).map(|line| String::from_utf8_lossy(line) + "\n");
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B.2: who trusts the bundle still trusts whom this machine trusts.
    #[test]
    fn the_bundle_holds_what_this_machine_trusts_and_the_stack() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let (_, trust) = issue("127.0.0.1".parse().unwrap(), &folder).unwrap();
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let (bundle, authority) = (read(&trust.bundle), read(&trust.authority));
        let others = rustls_native_certs::load_native_certs().certs.len();
        assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), others + 1);
        assert!(bundle.ends_with(&authority));
        assert_eq!(authority.matches("BEGIN CERTIFICATE").count(), 1);
        assert!(authority.lines().all(|line| line.len() <= PEM_LINE_CHARS), "{authority}");
        assert!(trust.variables().iter().all(|(_, path)| path.is_absolute()));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
