internal import CCurl

extension CURLcode {
  /// What is wrong, by where it happened.
  func reason(
    _ phase: Transfer.Phase, hasHead: Bool, detail: String, headLimit: Int
  ) -> HTTPClientError.Reason {
    switch self {
    case CURLE_URL_MALFORMAT: .invalidURL("libcurl cannot read it")
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_COULDNT_RESOLVE_HOST: .connect
    case CURLE_OPERATION_TIMEDOUT: .connect
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxy
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_NOTFOUND: .tls
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS:
      .certificate
    case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CLIENTCERT,
      CURLE_SSL_CRL_BADFILE:
      .tlsConfiguration
    case CURLE_SEND_ERROR: hasHead ? .bodyTruncated : .sending
    case CURLE_SEND_FAIL_REWIND, CURLE_GOT_NOTHING: .connectionClosed
    case CURLE_RECV_ERROR: received(phase, hasHead, detail)
    case CURLE_PARTIAL_FILE: .bodyTruncated
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
      hasHead ? .malformedBody : .malformedHead
    case CURLE_BAD_CONTENT_ENCODING: .malformedCoding
    case CURLE_HTTP2, CURLE_HTTP2_STREAM: hasHead ? .bodyTruncated : .http2
    // libcurl's own limit of a line; newer ones have a code for it, CURLE_TOO_LARGE.
    case CURLE_OUT_OF_MEMORY, CURLcode(rawValue: 100):
      hasHead || phase != .waiting ? .outOfMemory : .headTooLarge(limit: headLimit)
    default: .other
    }
  }

  private func received(
    _ phase: Transfer.Phase, _ hasHead: Bool, _ detail: String
  ) -> HTTPClientError.Reason {
    if hasHead {
      // libcurl has no code of its own for what is no chunk.
      return detail.contains("chunk") ? .malformedBody : .bodyTruncated
    }
    switch phase {
    // Nor for a proxy that does not want to.
    case .queued, .connecting:
      return detail.contains("proxy") || detail.contains("CONNECT") ? .proxy : .connect
    case .securing: return .tls
    case .sending: return .sending
    case .waiting, .receiving: return .connectionClosed
    }
  }
}
