// Keys of the list of orders: J and K move, Enter opens, / goes to the search. Without it the list is a table of links.
(() => {
  const rows = [...document.querySelectorAll("[data-order]")];
  const search = document.querySelector('.filters [name="q"]');
  let at = -1;
  const move = to => {
    if (!rows.length) return;
    rows[at]?.removeAttribute("aria-selected");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].setAttribute("aria-selected", "true");
    rows[at].querySelector("a").focus();
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    switch (event.key) {
      case "j": move(at + 1); break;
      case "k": move(at - 1); break;
      case "/": search?.focus(); break;
      default: return;
    }
    event.preventDefault();
  });
})();
