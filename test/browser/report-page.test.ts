import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type Browser, chromium } from 'playwright-core';
import { reportHtml } from '../../src/report/html.ts';
import { FAIL, rollingUpgrade, viewOf } from '../report/fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const ADDRESS = '2001:db8:85a3:8d3:1319:8a2e:370:7348';

/** In the page: over how many lines the last word goes of what was observed of the first objective. */
const LINES_OF_LAST_WORD = `(() => {
  const text = document.querySelector('td.seen').firstChild;
  const range = document.createRange();
  range.setStart(text, text.data.lastIndexOf(' ') + 1);
  range.setEnd(text, text.data.length);
  return range.getClientRects().length;
})()`;

/** The fixture's verdict with an address of the longest kind. */
function judgement(): typeof FAIL {
  const [first, ...rest] = FAIL.objectives;
  if (first === undefined) throw new Error('fixture');
  return { ...FAIL, objectives: [{ ...first, observed: `0 of 2,510 (${ADDRESS})` }, ...rest] };
}

describe('report.html in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let folder = '';
  before(async function () {
    if (!existsSync(CHROMIUM)) {
      const line = `skipped: no ${CHROMIUM} (apt-get install chromium)`;
      if (process.env['CI'] !== undefined) throw new Error(line);
      console.log(`    ${line}`);
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'rollproof-page-'));
    await writeFile(join(folder, 'report.html'), reportHtml(viewOf(rollingUpgrade(), judgement())));
    const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  after(async () => {
    if (folder === '') return;
    await browser.close();
    await rm(folder, { recursive: true });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [400, 1280]) {
      it(`fits ${String(width)} px in ${colorScheme}, asks for nothing and complains of nothing`, async () => {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
        const requests: string[] = [];
        const complaints: string[] = [];
        page.on('request', (request) => requests.push(request.url()));
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        const url = pathToFileURL(join(folder, 'report.html')).href;
        await page.goto(url);
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        expect(wide).to.be.at.most(width);
        // What was promised, whether it held and who is suspected is in sight without scrolling sideways, words whole.
        const cells = await page.locator('.stacked td').all();
        expect(cells).to.have.length.above(4 * FAIL.objectives.length);
        for (const cell of cells) {
          const box = await cell.boundingBox();
          if (box !== null) expect(box.x + box.width).to.be.at.most(width);
        }
        expect(await page.evaluate(LINES_OF_LAST_WORD)).to.equal(1);
        expect(await page.locator('svg').count()).to.be.at.least(1);
        expect(await page.getByText('FAIL', { exact: false }).first().isVisible()).to.equal(true);
        expect(requests).to.deep.equal([url]);
        expect(complaints).to.deep.equal([]);
        await page.close();
      });
    }
  }
});
