"""A shop in Flask that knows nothing of proxies: it redirects to the host that it is called by."""
import hashlib
import sys

from flask import Flask, abort, jsonify, make_response, redirect, request, session

app = Flask(__name__)
app.secret_key = "only-for-tests"


@app.get("/")
def home():
    return "home"


@app.post("/login")
def login():
    if request.form.get("password") != "a long password":
        return "wrong password", 401
    session["who"] = request.form["name"]
    return redirect(request.host_url + "account/")  # an absolute one, with the host as this server sees it


@app.get("/account/")
def account():
    return jsonify(who=session.get("who"))


@app.route("/basket", methods=["GET", "POST", "DELETE"])
def basket():
    if request.method == "POST":
        session["basket"] = session.get("basket", []) + [request.json["seat"]]
    if request.method == "DELETE":
        session.pop("basket", None)
        return "", 204
    return jsonify(basket=session.get("basket", []))


@app.post("/contact")
def contact():
    return jsonify(error="no e-mail address"), 422


@app.post("/upload")
def upload():
    return jsonify(sha256=hashlib.sha256(request.files["file"].read()).hexdigest())


@app.get("/pay")
def pay():
    return redirect("https://psp.example/?back=" + request.path)


@app.post("/pay/return")
def paid():
    return redirect(request.host_url + "thanks?order=" + request.form["order"], code=303)


@app.post("/webhooks/psp")
def webhook():
    return jsonify(heard=request.get_data(as_text=True))


@app.get("/old")
def old():
    return redirect(request.host_url + "?new=1", code=301)


@app.get("/download")
def download():
    answer = make_response(b"x" * 100_000)
    answer.headers["Content-Disposition"] = "attachment; filename=all.bin"
    return answer


@app.get("/cookie")
def cookie():
    answer = make_response("set")
    answer.set_cookie("mine", "1", domain=request.host.split(":")[0])
    return answer


@app.get("/broken")
def broken():
    abort(make_response("<h1>our own error page</h1>", 500))


if __name__ == "__main__":
    import logging
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run("127.0.0.1", int(sys.argv[1]))
