/// A certificate of nobody's for `localhost`, valid for a thousand years, that is its own authority.
package enum TestCertificate {
  /// In PEM.
  package static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBlDCCATugAwIBAgIUO1dffO9HDrHgCjS2K2OHXJF7vNgwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIxMDU1MFoYDzMwMjYwMzMx
    MjEwNTUwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAAQCmq7kMZCwmvl3JUnnUogPscJ8fr126i85fN8equ3V/C3n6XxfjxT1
    qTUZAckl+wVgV+U3kUJUA1qYoGdypU6no2kwZzAdBgNVHQ4EFgQUID9iPLCzUUFE
    6/U0zzl9nGpKBHcwHwYDVR0jBBgwFoAUID9iPLCzUUFE6/U0zzl9nGpKBHcwDwYD
    VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
    RwAwRAIgREEg/vg8aZq6SOQVinaf5/9Y7t3x9mSJ9ZmKgD0meKgCIHkrcgbYmKSQ
    4Jm5EmSv5gaPoQMkp4n6/XW+6+m+Lwnj
    -----END CERTIFICATE-----
    """
  /// In PEM.
  package static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghVSK7fuAZEhaNzhh
    lBwaqQ9zijueUapXvDQw8b6v/t6hRANCAAQCmq7kMZCwmvl3JUnnUogPscJ8fr12
    6i85fN8equ3V/C3n6XxfjxT1qTUZAckl+wVgV+U3kUJUA1qYoGdypU6n
    -----END PRIVATE KEY-----
    """
}
