// Keeps the page of an order that waits for its payment up to date. Without this script the page
// reloads itself; with it only what changed is exchanged, and said aloud.
(() => {
  let pause = 2000;
  const again = () => { setTimeout(look, pause); pause = Math.min(pause * 1.4, 30000); };
  const look = async () => {
    const old = document.getElementById('order');
    if (!('waiting' in old.dataset)) return;
    try {
      const reply = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
      const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
      const now = page.getElementById('order');
      if (reply.ok && now && now.dataset.state !== old.dataset.state) {
        const focused = old.contains(document.activeElement);
        old.replaceWith(document.adoptNode(now));
        document.title = page.title;
        document.querySelector('.top nav').replaceWith(document.adoptNode(page.querySelector('.top nav')));
        document.getElementById('news').textContent = now.querySelector('h1').textContent;
        if (focused) now.querySelector('h1').focus();
      }
    } catch { /* no line at the moment: the next look may have one */ }
    again();
  };
  again();
})();
