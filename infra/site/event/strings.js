// All texts about an event. A language is one object of this shape.

export const en = {
  lang: 'en',
  doors: (when, doors) => `${when} (doors ${doors})`,
  postponed: 'Postponed: the new day isn’t known yet',
  cancelled: 'Cancelled',
  moved: (was) => `It was announced for ${was} before.`,
  calendar: 'Add to your calendar',
  page: 'About the event',
  contact: (organiser) => `Write to ${organiser}`,
  imprint: 'Imprint',
  terms: 'Terms',
};
