//! Unguessable words: view tokens and nonces.

use postroom_types::{Fault, FaultCode};

/// 128 random bits in hexadecimal.
pub(crate) fn token() -> Result<String, Fault> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| Fault::new(FaultCode::Internal, "the system gives no random numbers"))?;
    Ok(bytes.iter().fold(String::with_capacity(32), |mut word, byte| {
        word.push_str(&format!("{byte:02x}"));
        word
    }))
}
