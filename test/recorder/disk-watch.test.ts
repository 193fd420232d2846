import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { diskState, watchDisk } from '../../src/recorder/disk-watch.ts';

const MIB = 2 ** 20;
const GIB = 1024 * MIB;

describe('disk watch', () => {
  it('finds a disk ample that lasts, however fast it fills', () => {
    expect(diskState(10 * GIB, 0)).to.deep.equal({ kind: 'ample' });
    expect(diskState(10 * GIB, -5 * MIB)).to.deep.equal({ kind: 'ample' });
    // Twenty minutes.
    expect(diskState(64 * MIB + 1200 * 50 * MIB, 50 * MIB)).to.deep.equal({ kind: 'ample' });
  });

  it('warns below a gigabyte, and when less than a quarter of an hour is left', () => {
    expect(diskState(GIB - 1, 0)).to.deep.equal({ kind: 'low', leftNs: null });
    expect(diskState(64 * MIB + 600 * 50 * MIB, 50 * MIB)).to.deep.equal({
      kind: 'low',
      leftNs: 600e9,
    });
  });

  it('calls it full while a run can still end in order', () => {
    expect(diskState(64 * MIB, 0)).to.deep.equal({ kind: 'full' });
    expect(diskState(0, 1)).to.deep.equal({ kind: 'full' });
    expect(diskState(65 * MIB, 0).kind).to.equal('low');
  });

  it('says nothing of a disk with room', async () => {
    const said: string[] = [];
    const watch = await watchDisk(tmpdir(), {
      onLow: (message) => said.push(message),
      onFull: (error) => said.push(error.message),
    });
    watch.stop();
    // A machine whose temporary folder is nearly full may run this.
    expect(said).to.have.lengthOf(watch.warning() === null ? 0 : 1);
  });
});
