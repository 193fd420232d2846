/** A variable, a header or a key of a map of texts with such a name holds a secret. */
export const SECRET_NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|AUTHORIZATION|COOKIE/i;
