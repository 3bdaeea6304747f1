// A shop in Express with its defaults: routes that ignore case, sessions, uploads, a socket.
const crypto = require('node:crypto');
const express = require('express');
const session = require('express-session');
const multer = require('multer');
const { WebSocketServer } = require('ws');

const app = express();
app.set('trust proxy', true);
app.use(session({ secret: 'only-for-tests', resave: false, saveUninitialized: false }));
app.use(express.urlencoded({ extended: false }));
app.use(express.json());

const here = (request) => `${request.protocol}://${request.get('x-forwarded-host') || request.get('host')}`;

app.get('/shop', (request, response) => response.send('the shop'));
app.post('/login', (request, response) => {
  if (request.body.password !== 'a long password') return response.status(401).send('wrong password');
  request.session.who = request.body.name;
  response.redirect(here(request) + '/account');
});
app.get('/account', (request, response) => response.json({ who: request.session.who || null }));
app.put('/basket/:seat', (request, response) => {
  request.session.basket = (request.session.basket || []).concat(request.params.seat);
  response.json(request.session.basket);
});
app.post('/contact', (request, response) => response.status(422).json({ error: 'no e-mail address' }));
app.post('/upload', multer().single('file'), (request, response) =>
  response.json({ sha256: crypto.createHash('sha256').update(request.file.buffer).digest('hex') }));
app.get('/pay', (request, response) => response.redirect('https://psp.example/?back=' + here(request)));
app.post('/pay/return', (request, response) => response.redirect(303, '/thanks?order=' + request.body.order));
app.post('/webhooks/psp', (request, response) => response.json({ heard: request.body }));
app.get('/old', (request, response) => response.redirect(301, here(request) + '/shop'));
app.get('/download', (request, response) => response.attachment('tickets.pdf').send(Buffer.alloc(50_000, 'x')));
app.get('/broken', (request, response) => response.status(500).send('<h1>our own error page</h1>'));

const server = app.listen(Number(process.argv[2]), '127.0.0.1');
new WebSocketServer({ server, path: '/live' }).on('connection', (socket) =>
  socket.on('message', (text) => socket.send('echo ' + text)));
