// node test/demo/expect-verdict.mjs FAULT verdict.json
// Holds the verdict of a demo run against what its fault must show: not only the exit code, but the right culprit.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';

const [fault, path] = process.argv.slice(2);
const verdict = JSON.parse(readFileSync(path, 'utf8'));
const targets = verdict.probes.flatMap((probe) =>
  probe.targets.map((target) => ({ ...target, probe: probe.name })),
);
const outages = targets.flatMap((target) =>
  target.outages.map((outage) => ({ ...outage, probe: target.probe, target: target.name })),
);
const [step] = verdict.steps;

for (const { probe, name, due, ok, lost, failed, unsent } of targets) {
  assert.equal(due, ok + lost + failed + unsent, `${probe} ${name}: the sum must close`);
  assert.ok(due > 0, `${probe} ${name}: nothing was due`);
}

/** In the step, with a pod of Keystone that was doing one of these things among its suspects. */
function attributed(outage, doing) {
  const suspect = outage.suspects.find(
    ({ kind, name, what }) =>
      kind === 'Pod' && name.startsWith('keystone-api-') && doing.includes(what),
  );
  return outage.step === step.name && suspect !== undefined;
}

const unsuccessful = targets.reduce((sum, { lost, failed }) => sum + lost + failed, 0);
const expectations = {
  none: () => {
    assert.equal(verdict.verdict, 'pass');
    assert.equal(unsuccessful, 0);
    assert.deepEqual(verdict.blind, []);
    assert.equal(step.result, 'ok');
  },
  'no-drain': () => {
    assert.equal(verdict.verdict, 'fail');
    assert.ok(
      outages.some(
        (o) => o.probe === 'keystone' && attributed(o, ['terminating', 'not-ready', 'deleted']),
      ),
    );
  },
  'slow-start': () => {
    assert.equal(verdict.verdict, 'fail');
    assert.ok(outages.some((o) => o.probe === 'keystone' && attributed(o, ['ready'])));
  },
  'vm-blackhole': () => {
    assert.equal(verdict.verdict, 'fail');
    const vm = outages.filter((o) => o.probe === 'vm');
    assert.equal(vm.length, 1, 'one outage of the VM');
    assert.equal(vm[0].step, step.name);
    assert.ok(
      vm[0].atLeastMs <= 700 + 50 && vm[0].atMostMs >= 700 - 50,
      'the bounds hold the truth',
    );
    assert.ok(
      outages.every((o) => o.probe === 'vm'),
      'Keystone was not touched',
    );
  },
  'token-break': () => {
    assert.equal(verdict.verdict, 'fail');
    const keystone = outages.filter((o) => o.probe === 'keystone');
    assert.ok(keystone.some((o) => o.target.startsWith('validate') && attributed(o, ['ready'])));
    assert.ok(
      keystone.every((o) => !o.target.startsWith('issue')),
      'issuing tokens was not touched',
    );
  },
  'stuck-rollout': () => {
    assert.equal(verdict.verdict, 'error');
    assert.equal(step.result, 'failed');
    assert.match(step.why, /keystone-api-[a-z0-9]+-[a-z0-9]+/, 'the pod is named');
    assert.equal(unsuccessful, 0, 'the old replicas kept serving');
  },
  'stalled-verifier': () => {
    assert.equal(verdict.verdict, 'inconclusive');
    assert.equal(unsuccessful, 0, 'the stall is nobody’s loss');
    assert.ok(verdict.blind.length > 0, 'the stall shows as blind');
    const longest = Math.max(
      ...verdict.blind.map(({ start, end }) => Date.parse(end) - Date.parse(start)),
    );
    assert.ok(longest >= 1500, `the longest blind span is ${longest} ms of about 2000`);
  },
};

const expectation = expectations[fault];
assert.ok(expectation, `no expectation for ${fault}`);
expectation();
console.log(
  `${fault}: verdict ${verdict.verdict}, ${unsuccessful} unsuccessful, ${verdict.blind.length} blind spans: as expected`,
);
