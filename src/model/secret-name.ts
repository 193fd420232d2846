/** A variable, a header or a key of a map of texts with such a name holds a secret. */
export const SECRET_NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE|API[-_]?KEY|ACCESS[-_]?KEY|AUTH[-_]?KEY|AUTHORIZATION|COOKIE/i;
