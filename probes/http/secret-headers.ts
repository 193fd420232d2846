import { SECRET_NAME } from '../../src/model/secret-name.ts';

/** Values of headers that must not be seen; of `Bearer abc` also `abc` alone. */
export function secretHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [value, ...value.split(/\s+/).slice(1)]);
}
