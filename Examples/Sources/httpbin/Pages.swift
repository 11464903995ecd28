import EventletHTTP
import HTTPTypes

/// What people see in a browser: the list of all endpoints, and a form.
func addPages(to routes: some RoutesBuilder, listing router: Router) {
  routes.get("/forms/post") { _ in .html(orderForm) }
  routes.get("/") { [unowned router] _ in .html(index(router.routes)) }
}

private func index(_ routes: [Route]) -> String {
  let items = routes.map { "      <li><code>\($0)</code></li>\n" }.joined()
  return """
    <!DOCTYPE html>
    <html>
      <head><title>httpbin</title></head>
      <body>
        <h1>httpbin</h1>
        <p>
          The endpoints of <a href="https://httpbin.org">httpbin.org</a>, served by swift-eventlet, all
          but brotli. A form to try: <a href="/forms/post">/forms/post</a>.
        </p>
        <ul>
    \(items)    </ul>
      </body>
    </html>

    """
}

private let orderForm = """
  <!DOCTYPE html>
  <html>
    <head><title>Order</title></head>
    <body>
      <form method="post" action="/post">
        <p><label>Name: <input name="custname"></label></p>
        <p><label>Telephone: <input type="tel" name="custtel"></label></p>
        <p><label>Mail: <input type="email" name="custemail"></label></p>
        <fieldset>
          <legend>Size</legend>
          <p><label><input type="radio" name="size" value="small"> small</label></p>
          <p><label><input type="radio" name="size" value="medium"> medium</label></p>
          <p><label><input type="radio" name="size" value="large"> large</label></p>
        </fieldset>
        <fieldset>
          <legend>Toppings</legend>
          <p><label><input type="checkbox" name="topping" value="bacon"> bacon</label></p>
          <p><label><input type="checkbox" name="topping" value="cheese"> cheese</label></p>
          <p><label><input type="checkbox" name="topping" value="onion"> onion</label></p>
          <p><label><input type="checkbox" name="topping" value="mushroom"> mushrooms</label></p>
        </fieldset>
        <p><label>When: <input type="time" name="delivery" min="11:00" max="21:00"></label></p>
        <p><label>Wishes: <textarea name="comments"></textarea></label></p>
        <p><button>Order</button></p>
      </form>
    </body>
  </html>

  """
