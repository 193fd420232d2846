import { expect } from 'chai';
import {
  type Catalog,
  endpointOf,
  type Wanted,
} from '../../../../probes/shared/identity/catalog.ts';

const endpoint = (face: string, region: string, url: string) => ({
  interface: face,
  region_id: region,
  url,
});
const CATALOG: Catalog = [
  {
    type: 'compute',
    endpoints: [
      endpoint('public', 'one', 'https://nova.one/v2.1'),
      endpoint('public', 'two', 'https://nova.two/v2.1'),
      endpoint('internal', 'one', 'http://10.0.0.1:8774/v2.1'),
    ],
  },
  { type: 'image', endpoints: [{ interface: 'public', region: 'one', url: 'glance' }] },
];

describe('service catalog', () => {
  const found = (wanted: Partial<Wanted>) => {
    const place = endpointOf(CATALOG, {
      type: 'compute',
      interface: 'public',
      region: null,
      ...wanted,
    });
    return typeof place === 'string' ? place : place.href;
  };
  const rows: readonly (readonly [Partial<Wanted>, string])[] = [
    [{ region: 'two' }, 'https://nova.two/v2.1'],
    [{ interface: 'internal' }, 'http://10.0.0.1:8774/v2.1'],
    [{}, 'compute in several regions (one, two), and none is asked for'],
    [{ region: 'three' }, 'no public endpoint of compute in the region three; it has one, two'],
    [{ interface: 'admin' }, 'no admin endpoint of compute; it has public, internal'],
    [{ type: 'network' }, 'no service of type network; it has compute, image'],
    [{ type: 'image' }, 'an endpoint of image that is no http URL'],
  ];
  for (const [wanted, expected] of rows) {
    it(`asked for ${JSON.stringify(wanted)} says ${expected}`, () => {
      expect(found(wanted)).to.equal(expected);
    });
  }
});
