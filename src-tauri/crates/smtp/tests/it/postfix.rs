//! A login to a real server, Postfix with Dovecot's passwords.

use postroom_lab::{Lab, LabOptions};
use postroom_net::{CertificateReason, NetError, Trust, install_crypto_provider};
use postroom_smtp::{SmtpError, check_login};
use postroom_types::Secret;

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_gets_in_and_nothing_else_does() {
    install_crypto_provider();
    let lab = Lab::start(LabOptions { smtp: true, ..LabOptions::default() }).unwrap();
    let user = lab.user("submitter");
    let trust = Trust::with_ca_pem(lab.ca_pem()).unwrap();
    for server in [lab.smtp_implicit(), lab.smtp_starttls()] {
        check_login(&server, &trust, &user.user, &Secret::new(user.password.clone())).await.unwrap();
        let wrong = Secret::new("not the password".to_owned());
        let refused = check_login(&server, &trust, &user.user, &wrong).await.unwrap_err();
        assert!(matches!(refused, SmtpError::LoginRefused { .. }), "{server:?}: {refused:?}");
        // A certificate authority that nobody told us to trust.
        let password = Secret::new(user.password.clone());
        let stranger = check_login(&server, &Trust::platform(), &user.user, &password).await.unwrap_err();
        let SmtpError::Net(NetError::CertificateUntrusted { reason, .. }) = &stranger else {
            panic!("{server:?}: {stranger:?}")
        };
        assert_eq!(*reason, CertificateReason::UnknownIssuer, "{server:?}");
    }
}
