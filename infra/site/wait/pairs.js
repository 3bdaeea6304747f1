// Names and values as a list.

// pairs fills a dl.
export function pairs(list, all) {
  list.replaceChildren(...all.map(([name, value]) => {
    const row = document.createElement('div');
    const [dt, dd] = [document.createElement('dt'), document.createElement('dd')];
    dt.textContent = name;
    dd.textContent = value;
    row.append(dt, dd);
    return row;
  }));
}
