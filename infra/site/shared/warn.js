// When the time that is left is worth a word: at two minutes, at one, and at twenty seconds.

const marks = [20, 60, 120]; // s

// Warner follows one countdown. due(left) takes the ms that are left, at least once a second, and gives the mark in
// seconds that was passed since it was asked last, 0 for none. A countdown that jumps up begins anew.
export class Warner {
  due(left) {
    const before = this.left;
    this.left = left;
    if (before === undefined || left > before || left <= 0) return 0;
    return marks.find((mark) => before > mark * 1000 && left <= mark * 1000) || 0;
  }
}
