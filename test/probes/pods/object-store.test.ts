import { expect } from 'chai';
import fc from 'fast-check';
import { createObjectStore, isNewer, isRestored } from '../../../probes/pods/object-store.ts';

const object = (uid: string, version: number, name = uid) => ({
  uid,
  name,
  version: String(version),
});
const list = (version: number, ...items: ReturnType<typeof object>[]) => ({
  version: String(version),
  items,
});

describe('object store', () => {
  it('compares versions as numbers, and takes what it cannot compare for newer', () => {
    expect(isNewer('10', '9')).to.equal(true);
    expect(isNewer('9', '10')).to.equal(false);
    expect(isNewer('10', '10')).to.equal(false);
    expect(isNewer('abc', 'abd')).to.equal(true);
  });

  it('passes over a replay of what a list has shown already', () => {
    const store = createObjectStore(list(10, object('a', 8)));
    expect(store.put(object('a', 8))).to.equal(null);
    expect(store.put(object('a', 5))).to.equal(null);
    expect(store.put(object('a', 11))).to.include({ type: 'put' });
  });

  it('does not bring back what is gone when an older list still shows it', () => {
    const store = createObjectStore(list(10, object('a', 8)));
    store.remove(object('a', 12));
    const older = list(11, object('a', 8));
    expect(store.lags(older)).to.equal(false);
    expect(store.adopt(older, false)).to.deep.equal([]);
  });

  it('lags behind a list that shows one more, one less or one newer', () => {
    const store = createObjectStore(list(10, object('a', 8)));
    expect(store.lags(list(20, object('a', 8)))).to.equal(false);
    expect(store.lags(list(20, object('a', 8), object('b', 15)))).to.equal(true);
    expect(store.lags(list(20))).to.equal(true);
    expect(store.lags(list(20, object('a', 15)))).to.equal(true);
  });

  it('does not lag behind a list that is older than what the stream has brought', () => {
    const store = createObjectStore(list(10, object('a', 8)));
    store.put(object('a', 30));
    store.put(object('b', 31));
    expect(store.lags(list(20, object('a', 8)))).to.equal(false);
    expect(store.adopt(list(20, object('a', 8)), false)).to.deep.equal([]);
  });

  it('tells one replaced under the same name as gone and new', () => {
    const store = createObjectStore(list(10, object('u1', 8, 'mariadb-0')));
    const changes = store.adopt(list(20, object('u2', 15, 'mariadb-0')), false);
    expect(changes.map(({ type }) => type)).to.deep.equal(['gone', 'put']);
  });

  it('takes everything from a server whose versions have begun anew', () => {
    expect(isRestored(list(5), '1000')).to.equal(true);
    expect(isRestored(list(1000), '5')).to.equal(false);
    const store = createObjectStore(list(1000, object('a', 900), object('b', 901)));
    const changes = store.adopt(list(5, object('a', 3)), true);
    expect(changes.map(({ type }) => type)).to.deep.equal(['gone', 'put']);
    expect(store.version()).to.equal('5');
  });

  it('agrees with a list once it has adopted it, whatever the stream brought before', () => {
    const uid = fc.constantFrom('a', 'b', 'c', 'd');
    const event = fc.record({ uid, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event), fc.uniqueArray(uid), (events, listed) => {
        const store = createObjectStore(list(1));
        events.forEach((each, i) => {
          const seen = object(each.uid, i + 2);
          if (each.remove) store.remove(seen);
          else store.put(seen);
        });
        const later = list(1000, ...listed.map((each, i) => object(each, 500 + i)));
        store.adopt(later, false);
        expect(store.lags(later)).to.equal(false);
        expect(store.adopt(later, false)).to.deep.equal([]);
      }),
    );
  });
});
