internal import HTTPTypes

extension ServerResponse {
  /// What its fields say; what is malformed there is as if it were absent.
  var validators: Validators {
    Validators(
      entityTag: headerFields[.eTag].flatMap(EntityTag.init(parsing:)),
      modificationDate: headerFields[.lastModified].flatMap { HTTPDate(parsing: $0) }?
        .secondsSinceEpoch)
  }
}
