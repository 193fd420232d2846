import { expect } from 'chai';
import type { ExportAccount } from '../../src/model/export.ts';
import { exportedView } from '../../src/report/exported.ts';
import { reportHtml } from '../../src/report/html.ts';
import { verdictFile } from '../../src/report/json.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { rollingUpgrade, viewOf } from './fixture.ts';

const WHOLE: ExportAccount = {
  url: 'http://influx:8086',
  org: 'ops',
  bucket: 'upgrades',
  recorded: 120_000,
  sent: 120_000,
  accepted: 120_000,
  refused: 0,
  firstRefusal: null,
  problem: null,
};
const DOWN: ExportAccount = {
  ...WHOLE,
  sent: 90_000,
  accepted: 80_000,
  problem: 'InfluxDB at http://influx:8086, bucket upgrades answered 503: <down> for maintenance',
};

function formats(account: ExportAccount | null) {
  const view = viewOf(rollingUpgrade(), undefined, account);
  return {
    text: summaryText(view, { color: false, width: 100 }),
    markdown: reportMarkdown(view).replace(/[\\\u200B]/g, ''),
    html: reportHtml(view),
    json: JSON.stringify(verdictFile(view)),
  };
}

describe('the time-series store in the report', () => {
  it('is told by points recorded, sent and accepted, in every format', () => {
    for (const [format, said] of Object.entries(formats(WHOLE))) {
      if (format === 'json') continue;
      expect(said.replace(/\s+/g, ' '), format).to.include(
        'upgrades: 120,000 points recorded, 120,000 sent, 120,000 accepted',
      );
      expect(said, format).not.to.include('rollproof export');
    }
    const { export: account } = verdictFile(viewOf(rollingUpgrade(), undefined, WHOLE));
    expect(account).to.deep.equal({ ...WHOLE, missing: 0, command: null });
  });

  it('says what is missing and why, and the command that sends it, in every format', () => {
    for (const [format, said] of Object.entries(formats(DOWN))) {
      expect(said, format).to.include(
        'rollproof export runs/2026-11-23T03-14-46Z-roll --to influx',
      );
      if (format === 'json') continue;
      expect(said.replace(/\s+/g, ' '), format).to.match(
        /40,000 points not there yet: InfluxDB at .* answered 503: (<|&lt;)down(>|&gt;) for/,
      );
    }
    expect(formats(DOWN).html).not.to.include('<down>');
    const { export: account } = verdictFile(viewOf(rollingUpgrade(), undefined, DOWN));
    expect(account).to.include({ missing: 40_000, accepted: 80_000 });
  });

  it('says what the store refused, and that only sending all again can help', () => {
    const refused = {
      ...WHOLE,
      accepted: 119_990,
      refused: 10,
      firstRefusal: 'points beyond retention',
    };
    const view = exportedView(refused, "runs/it's here");
    expect(view.shortfall).to.equal(
      '10 refused by the store: points beyond retention (the run file has them all)',
    );
    expect(view.command).to.equal(
      String.raw`rollproof export 'runs/it'\''s here' --to influx --again`,
    );
  });

  it('is not mentioned where there is none', () => {
    for (const said of Object.values(formats(null))) {
      expect(said).not.to.match(/time-series|influx/i);
    }
  });
});
