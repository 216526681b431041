//! Unguessable words: view tokens and nonces.

use postroom_types::{Fault, FaultCode};

/// 128 random bits in hexadecimal.
///
/// # Errors
/// [`FaultCode::Internal`] where the system has no random numbers to give.
pub fn token() -> Result<String, Fault> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| Fault::new(FaultCode::Internal, "the system gives no random numbers"))?;
    // Two digits a byte: a number of 128 bits, written out.
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
