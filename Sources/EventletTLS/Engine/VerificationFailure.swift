internal import COpenSSL

/// Why a certificate is refused.
enum VerificationFailure {
  static func reason(
    of verification: OpaquePointer, expecting name: String?
  ) -> TLSError.Reason {
    let code = X509_STORE_CTX_get_error(verification)
    switch code {
    case X509_V_ERR_CERT_HAS_EXPIRED: return .certificateExpired
    case X509_V_ERR_CERT_NOT_YET_VALID: return .certificateNotYetValid
    case X509_V_ERR_CERT_REVOKED: return .certificateRevoked
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return .selfSigned
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return .unknownAuthority
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      let offered = X509_STORE_CTX_get0_cert(verification).map { TLSCertificate($0).names } ?? []
      return .nameMismatch(expected: name ?? "", offered: offered)
    default:
      return .certificateRefused(String(cString: X509_verify_cert_error_string(Int(code))))
    }
  }
}
