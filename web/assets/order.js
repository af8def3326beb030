// Keeps the page of an order that waits for its payment up to date. Without this script the page
// reloads itself; with it only what changed is exchanged, and said aloud.
(() => {
  let pause = 2000;
  const order = () => document.getElementById('order');
  if (!order()) return;
  const again = () => {
    const { waiting } = order().dataset; // seconds; none when there is nothing more to wait for
    if (!waiting) return;
    setTimeout(look, waiting < 60 ? pause : waiting * 1000);
    pause = Math.min(pause * 1.4, 30000);
  };
  const look = async () => {
    const old = order();
    try {
      const reply = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
      const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
      const now = page.getElementById('order');
      if (reply.ok && now && now.dataset.state !== old.dataset.state) {
        const focused = old.contains(document.activeElement);
        old.replaceWith(document.adoptNode(now));
        document.title = page.title;
        document.querySelector('.to-cart').replaceWith(document.adoptNode(page.querySelector('.to-cart')));
        document.getElementById('news').textContent = now.querySelector('h1').textContent;
        if (focused) now.querySelector('h1').focus();
      }
    } catch { /* no line at the moment: the next look may have one */ }
    again();
  };
  again();
})();
