/** A refusal as the Kubernetes API gives it: the body of every error answer. */
export type Status = {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly code?: number;
};

/** Thrown by the store and caught by the server, which answers with the status. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: Status & { readonly code: number };

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** `pods` or `deployments.apps`, as messages name it. */
export function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

export function notFound(resource: string, group: string, name: string): ApiProblem {
  const details = { name, ...(group === '' ? {} : { group }), kind: resource };
  return new ApiProblem(
    404,
    'NotFound',
    `${qualified(resource, group)} "${name}" not found`,
    details,
  );
}

export function alreadyExists(resource: string, group: string, name: string): ApiProblem {
  const details = { name, ...(group === '' ? {} : { group }), kind: resource };
  const message = `${qualified(resource, group)} "${name}" already exists`;
  return new ApiProblem(409, 'AlreadyExists', message, details);
}

export function conflict(resource: string, group: string, name: string): ApiProblem {
  const details = { name, ...(group === '' ? {} : { group }), kind: resource };
  const message =
    `Operation cannot be fulfilled on ${qualified(resource, group)} "${name}": the object has been ` +
    'modified; please apply your changes to the latest version and try again';
  return new ApiProblem(409, 'Conflict', message, details);
}

export type Cause = { readonly field: string; readonly message: string };

export function invalid(
  kind: string,
  group: string,
  name: string,
  causes: readonly Cause[],
): ApiProblem {
  const list = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
  const detailed = causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause }));
  return new ApiProblem(422, 'Invalid', `${qualified(kind, group)} "${name}" is invalid: ${list}`, {
    name,
    ...(group === '' ? {} : { group }),
    kind,
    causes: detailed,
  });
}

export function badRequest(message: string): ApiProblem {
  return new ApiProblem(400, 'BadRequest', message);
}

/** What a watch or a list from a version that is no longer known gets. */
export function expired(asked: number, oldest: number): ApiProblem {
  return new ApiProblem(
    410,
    'Expired',
    `too old resource version: ${String(asked)} (${String(oldest)})`,
  );
}
