import { z } from 'zod';

/** Who an endpoint of the catalog is for. */
export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

export const catalogBody = z.object({
  catalog: z
    .array(
      z.object({
        type: z.string(),
        endpoints: z.array(
          z.object({
            url: z.string(),
            interface: z.string().nullish(),
            region_id: z.string().nullish(),
            region: z.string().nullish(),
          }),
        ),
      }),
    )
    .min(1),
});
/** What a token may use: https://docs.openstack.org/api-ref/identity/v3/#get-service-catalog */
export type Catalog = z.output<typeof catalogBody>['catalog'];

export type Wanted = {
  /** `compute`, `image`, … */
  readonly type: string;
  readonly interface: Interface;
  /** Null: whichever there is, where that is one. */
  readonly region: string | null;
};

/** The URL of a service → or, as text, why there is none: what the catalog has instead. */
export function endpointOf(catalog: Catalog, wanted: Wanted): URL | string {
  const services = catalog.filter(({ type }) => type === wanted.type);
  if (services.length === 0) {
    return `no service of type ${wanted.type}; it has ${list(catalog.map(({ type }) => type))}`;
  }
  const endpoints = services.flatMap((service) => service.endpoints);
  const ofInterface = endpoints.filter((endpoint) => endpoint.interface === wanted.interface);
  if (ofInterface.length === 0) {
    return `no ${wanted.interface} endpoint of ${wanted.type}; it has ${list(endpoints.map((endpoint) => endpoint.interface ?? 'one without interface'))}`;
  }
  const regionOf = (endpoint: (typeof endpoints)[number]) =>
    endpoint.region_id ?? endpoint.region ?? 'none';
  const regions = list(ofInterface.map(regionOf));
  const inRegion = ofInterface.filter(
    (endpoint) => wanted.region === null || regionOf(endpoint) === wanted.region,
  );
  const [first, ...others] = inRegion;
  if (first === undefined) {
    return `no ${wanted.interface} endpoint of ${wanted.type} in the region ${wanted.region ?? ''}; it has ${regions}`;
  }
  if (wanted.region === null && others.some((other) => regionOf(other) !== regionOf(first))) {
    return `${wanted.type} in several regions (${regions}), and none is asked for`;
  }
  return URL.canParse(first.url) && /^https?:/.test(first.url)
    ? new URL(first.url)
    : `an endpoint of ${wanted.type} that is no http URL`;
}

function list(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length === 0 ? 'none' : distinct.join(', ');
}
