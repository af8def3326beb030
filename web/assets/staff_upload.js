// Sends files from the browser straight to the bucket, in parts. The shop signs an address for each part and is told the
// SHA-256 of every part at the end. A part that has arrived is not sent again: choosing the same file goes on where it was.
(() => {
  'use strict';

  const sender = document.querySelector('#sender');
  if (sender) prepare(sender);
  const busy = document.querySelector('[data-busy]');
  if (busy) setTimeout(reloadUnlessTyping, 3000);

  const parallel = 3; // parts under way at once
  const signedAtOnce = 20;
  const tries = 5;

  function prepare(sender) {
    const chooser = sender.querySelector('input[type=file]');
    sender.hidden = false;
    document.querySelector('#needs-script').hidden = true;
    if (!window.crypto?.subtle) {
      sender.textContent = 'This browser works out checksums only on pages that begin with https://. Open the back office by such an address to send files.';
      return;
    }
    chooser.addEventListener('change', async () => {
      const files = [...chooser.files];
      chooser.value = '';
      for (const file of files) await new Sending(sender, file).run();
      if (!document.querySelector('.sending.failed')) reloadUnlessTyping();
    });
  }

  // Whoever has typed something that is not saved keeps it; the page is loaded anew when they save.
  function reloadUnlessTyping() {
    const typed = [...document.querySelectorAll('form.keeps')].some((form) => [...form.elements].some(changed));
    const sending = document.querySelector('.sending:not(.ended)');
    if (!typed && !sending) location.replace(location.pathname);
    else if (busy) setTimeout(reloadUnlessTyping, 3000);
  }

  function changed(field) {
    if (field.type === 'checkbox') return field.checked !== field.defaultChecked;
    return 'defaultValue' in field && field.type !== 'hidden' && field.value !== field.defaultValue;
  }

  class Sending {
    constructor(sender, file) {
      this.file = file;
      this.begin = sender.dataset.begin;
      this.beginning = Number(sender.dataset.beginning); // bytes by whose checksum the shop knows the file again
      this.sent = new Map(); // bytes sent, by the number of the part
      this.requests = new Set();
      this.show(sender.querySelector('ul'));
    }

    show(list) {
      this.row = list.appendChild(document.createElement('li'));
      this.row.className = 'sending';
      const name = this.row.appendChild(document.createElement('b'));
      name.textContent = this.file.name;
      this.bar = this.row.appendChild(document.createElement('progress'));
      this.bar.max = this.file.size || 1;
      this.bar.value = 0;
      this.bar.setAttribute('aria-label', `Sending ${this.file.name}`);
      this.text = this.row.appendChild(document.createElement('span'));
      this.text.setAttribute('role', 'status');
      this.button = this.row.appendChild(document.createElement('button'));
      this.button.type = 'button';
      this.button.className = 'button plain slim';
      this.button.textContent = 'Pause';
      this.button.addEventListener('click', () => (this.paused ? this.resume() : this.pause()));
    }

    say(text) { this.text.textContent = text; }

    pause() {
      this.paused = new Promise((resolve) => { this.go = resolve; });
      this.button.textContent = 'Go on';
      this.say('Paused. Parts that have arrived are kept.');
      for (const request of this.requests) request.abort();
    }

    resume() {
      this.paused = undefined;
      this.button.textContent = 'Pause';
      this.go();
    }

    async run() {
      try {
        this.say('Reading …');
        const first = await this.checksum(0, this.beginning);
        this.upload = await ask(this.begin, [['name', this.file.name], ['size', this.file.size], ['first_sha256', first]]);
        await this.sendParts();
        this.button.remove();
        this.say('All parts are there. The shop is checking the file …');
        await ask(`/staff/uploads/${this.upload.id}/complete`, this.checksums.map((sum) => ['checksum', sum]));
        await this.checked();
      } catch (error) {
        this.end(error.message, true);
      }
    }

    async checksum(start, end) {
      const bytes = await this.file.slice(start, end).arrayBuffer();
      const sum = await crypto.subtle.digest('SHA-256', bytes);
      return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    }

    // sendParts works out every checksum, and sends the parts that have not arrived.
    async sendParts() {
      this.checksums = new Array(this.upload.parts);
      const arrived = new Set(this.upload.arrived);
      this.missing = [];
      for (let number = 1; number <= this.upload.parts; number++) {
        if (arrived.has(number)) this.sent.set(number, this.range(number).length);
        else this.missing.push(number);
      }
      this.links = new Map();
      const numbers = Array.from({ length: this.upload.parts }, (_, i) => i + 1).values();
      const worker = async () => {
        for (const number of numbers) {
          const { start, end } = this.range(number);
          this.checksums[number - 1] = await this.checksum(start, end);
          if (!arrived.has(number)) await this.sendPart(number);
          this.progress();
        }
      };
      await Promise.all(Array.from({ length: parallel }, worker));
    }

    range(number) {
      const start = (number - 1) * this.upload.part_size;
      const end = Math.min(start + this.upload.part_size, this.file.size);
      return { start, end, length: end - start };
    }

    async sendPart(number) {
      for (let attempt = 1; ; attempt++) {
        await this.paused;
        try {
          await this.put(number, await this.link(number));
          return;
        } catch (error) {
          this.sent.delete(number);
          this.links.delete(number);
          if (this.paused) { attempt = 0; continue; }
          if (error.refused || attempt === tries) throw error;
          this.say('The line broke. Trying again …');
          await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
        }
      }
    }

    // link returns the address for a part, and asks for those of the parts behind it, too.
    async link(number) {
      if (!this.links.has(number)) {
        const next = this.missing.filter((n) => n >= number && !this.links.has(n)).slice(0, signedAtOnce);
        const links = await ask(`/staff/uploads/${this.upload.id}/parts`, next.map((n) => ['number', n]));
        for (const link of links) this.links.set(link.number, link.url);
      }
      return this.links.get(number);
    }

    put(number, url) {
      const { start, end } = this.range(number);
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        this.requests.add(request);
        const ended = (then) => () => { this.requests.delete(request); then(); };
        request.open('PUT', url);
        request.upload.addEventListener('progress', (event) => { this.sent.set(number, event.loaded); this.progress(); });
        request.addEventListener('load', ended(() => {
          if (request.status !== 200) return reject(new Error(`The file store answered part ${number} with ${request.status}.`));
          this.sent.set(number, end - start);
          resolve();
        }));
        const broken = ended(() => reject(new Error('The file store could not be reached. Choose the same file again to go on.')));
        for (const way of ['error', 'abort', 'timeout']) request.addEventListener(way, broken);
        request.send(this.file.slice(start, end));
      });
    }

    progress() {
      const sent = [...this.sent.values()].reduce((sum, bytes) => sum + bytes, 0);
      this.bar.value = sent;
      if (!this.paused) this.say(`${Math.floor((sent / this.file.size) * 100)} % of ${size(this.file.size)}`);
    }

    async checked() {
      for (;;) {
        const upload = await ask(`/staff/uploads/${this.upload.id}`);
        if (upload.state === 'done') return this.end('The file is in the draft.', false);
        if (upload.state !== 'checking') throw new Error(upload.refused || 'The upload was given up.');
        await new Promise((resolve) => setTimeout(resolve, 1500));
      }
    }

    end(text, failed) {
      this.say(text);
      this.button.remove();
      this.row.classList.add('ended');
      if (failed) this.row.classList.add('failed');
    }
  }

  // ask talks to the shop: a form where there are fields, otherwise a question.
  async function ask(address, fields) {
    let answer;
    try {
      answer = await fetch(address, fields && { method: 'POST', body: new URLSearchParams(fields) });
    } catch {
      throw new Error('The shop could not be reached. Choose the same file again to go on.');
    }
    if (answer.redirected || !answer.headers.get('Content-Type')?.includes('json')) {
      throw Object.assign(new Error('Please sign in again, then choose the same file to go on.'), { refused: true });
    }
    const said = await answer.json();
    if (answer.ok) return said;
    const fieldsSaid = Object.values(said.fields || {}).join(' ');
    throw Object.assign(new Error(fieldsSaid || said.message), { refused: answer.status < 500 });
  }

  function size(bytes) {
    if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
    if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
    return `${Math.ceil(bytes / 1e3)} KB`;
  }
})();
