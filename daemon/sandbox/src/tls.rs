//! One choice of TLS provider for the whole process.

/// Makes ring the process's TLS provider. Callable any number of times, from any thread.
pub fn init() {
    // An error means that somebody installed a provider first, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
