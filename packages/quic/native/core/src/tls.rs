//! rustls for QUIC: TLS 1.3, both certificates judged, no tickets and no resumption.

use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Who we are and whom we trust, all DER.
#[derive(Default)]
pub struct TlsSettings {
    /// Leaf first. Empty: a client without certificate.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: Vec<u8>,
    pub roots: Vec<Vec<u8>>,
    pub crls: Vec<Vec<u8>>,
    /// A CRL past its next update refuses everybody instead of being believed.
    pub enforce_crl_expiry: bool,
    /// In order of preference.
    pub alpn: Vec<Vec<u8>>,
    /// Server only: take clients without asking for a certificate.
    pub any_client: bool,
}

impl TlsSettings {
    pub fn client(self) -> Result<Arc<QuicClientConfig>, String> {
        let provider = provider();
        let mut verifier =
            WebPkiServerVerifier::builder_with_provider(self.trusted()?, provider.clone())
                .with_crls(self.revocation_lists())
                .allow_unknown_revocation_status();
        if self.enforce_crl_expiry {
            verifier = verifier.enforce_revocation_expiration();
        }
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(words)?
            .with_webpki_verifier(verifier.build().map_err(words)?);
        let mut config = if self.chain.is_empty() {
            builder.with_no_client_auth()
        } else {
            builder
                .with_client_auth_cert(self.own_chain(), self.private_key()?)
                .map_err(words)?
        };
        config.alpn_protocols = self.alpn;
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Ok(Arc::new(QuicClientConfig::try_from(config).map_err(words)?))
    }

    pub fn server(self) -> Result<Arc<QuicServerConfig>, String> {
        let provider = provider();
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(words)?;
        let builder = if self.any_client {
            builder.with_no_client_auth()
        } else {
            let mut verifier =
                WebPkiClientVerifier::builder_with_provider(self.trusted()?, provider)
                    .with_crls(self.revocation_lists())
                    .allow_unknown_revocation_status();
            if self.enforce_crl_expiry {
                verifier = verifier.enforce_revocation_expiration();
            }
            builder.with_client_cert_verifier(verifier.build().map_err(words)?)
        };
        let mut config = builder
            .with_single_cert(self.own_chain(), self.private_key()?)
            .map_err(words)?;
        config.alpn_protocols = self.alpn;
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        Ok(Arc::new(QuicServerConfig::try_from(config).map_err(words)?))
    }

    fn trusted(&self) -> Result<Arc<RootCertStore>, String> {
        let mut roots = RootCertStore::empty();
        // Lists of a system hold some that webpki cannot read: one good one is enough, none is an error below.
        let (added, _) = roots.add_parsable_certificates(
            self.roots
                .iter()
                .map(|der| CertificateDer::from(der.as_slice())),
        );
        if added == 0 {
            return Err("no usable certificate authority was given".into());
        }
        Ok(Arc::new(roots))
    }

    fn own_chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain
            .iter()
            .cloned()
            .map(CertificateDer::from)
            .collect()
    }

    fn revocation_lists(&self) -> Vec<CertificateRevocationListDer<'static>> {
        self.crls
            .iter()
            .cloned()
            .map(CertificateRevocationListDer::from)
            .collect()
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, String> {
        PrivateKeyDer::try_from(self.key.clone()).map_err(|error| error.to_owned())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
