// Audits pages of a running shop with Lighthouse, each as on a phone and as on a desk, and prints a table.
// It fails where a page is worse than it has to be.
//
//   node run.mjs RUNS NAME=ADDRESS…
//
// Of several runs the lowest score counts, for speed the median. Chromium is found by CHROME_PATH.
import { launch } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';

const devices = { phone: undefined, desk: desktopConfig }; // without a config, Lighthouse takes a phone on a slow line

// What each category has to reach. Speed is held on a desk only: what is reckoned for a phone on a slow line
// swings with the load of the machine that it is measured on.
const floors = (device) => ({ performance: device === 'desk' ? 95 : 0, accessibility: 100, 'best-practices': 100, seo: 95 });

// Search engines are told to keep out of these on purpose.
const unlisted = ['order'];

const [runs, ...pages] = process.argv.slice(2);
if (!Number(runs) || !pages.length || pages.some((page) => !page.includes('='))) {
  console.error('usage: node run.mjs RUNS NAME=ADDRESS…');
  process.exit(2);
}

// On a busy machine Chromium now and then loses the trace of a page; then the page is audited again.
const attempts = 3;

// audit returns the scores of one run, from 0 to 100, and what was found wanting.
async function audit(name, address, device, attempt = 1) {
  const chrome = await launch({ chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
  try {
    const skipAudits = unlisted.includes(name) ? ['is-crawlable'] : [];
    const { lhr } = await lighthouse(address, { port: chrome.port, logLevel: 'error', skipAudits }, devices[device]);
    if (lhr.runtimeError && attempt < attempts) return await audit(name, address, device, attempt + 1);
    if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
    const scores = Object.fromEntries(Object.values(lhr.categories).map((c) => [c.id, Math.round(c.score * 100)]));
    const wanting = Object.entries(lhr.categories).flatMap(([id, c]) =>
      c.auditRefs.filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 0.9)
        .map((ref) => `${id}: ${lhr.audits[ref.id].title} (${ref.id}) ${lhr.audits[ref.id].displayValue ?? ''}`));
    return { scores, wanting };
  } finally {
    chrome.kill();
  }
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const troubles = [];
console.log('| page | on a | performance | of all runs | accessibility | best practices | SEO |\n|---|---|---:|---|---:|---:|---:|');
for (const page of pages) {
  const [name, address] = [page.slice(0, page.indexOf('=')), page.slice(page.indexOf('=') + 1)];
  for (const device of Object.keys(devices)) {
    const all = [];
    for (let n = 0; n < Number(runs); n++) all.push(await audit(name, address, device));
    const of = (category) => sorted(all.map(({ scores }) => scores[category]));
    const scores = {
      performance: of('performance')[Math.floor(all.length / 2)],
      accessibility: of('accessibility')[0], 'best-practices': of('best-practices')[0], seo: of('seo')[0],
    };
    console.log(`| ${name} | ${device} | ${scores.performance} | ${of('performance').join(', ')} | ${scores.accessibility} | ${scores['best-practices']} | ${scores.seo} |`);
    for (const [category, floor] of Object.entries(floors(device))) {
      if (scores[category] >= floor) continue;
      const reasons = new Set(all.flatMap(({ wanting }) => wanting).filter((w) => w.startsWith(`${category}: `)));
      troubles.push(`${name} on a ${device}: ${category} ${scores[category]}, at least ${floor} is needed`, ...[...reasons].map((reason) => `  ${reason}`));
    }
  }
}
if (troubles.length) {
  console.error(troubles.join('\n'));
  process.exit(1);
}
