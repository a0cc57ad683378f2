print('orders')
