// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV3Factory} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Factory.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {TickMath} from "@uniswap/v4-core/src/libraries/TickMath.sol";

import {MockUsd} from "../../contracts/mocks/MockUsd.sol";
import {TwapFeed} from "../../contracts/pricing/TwapFeed.sol";
import {TestBase} from "./TestBase.sol";

/// @notice Stands for R1 in the pool.
contract PlainToken is ERC20 {
    constructor() ERC20("Token", "T") {
        _mint(msg.sender, 1e40);
    }
}

/// @notice A pool of R1 and a dollar token, of the very code that Uniswap v3 ships, and a feed on it.
abstract contract PoolFixture is TestBase {
    uint32 internal constant WINDOW = 1800;
    uint24 internal constant FEE = 3000;
    int24 internal constant SPACING = 60;
    /// @dev R1 has 18 decimals and the dollar 6: one dollar for one R1 is 1e-12 in smallest units.
    int24 internal constant ONE_DOLLAR_TICK = -276_325;

    IUniswapV3Factory internal factory;
    ERC20 internal token;
    MockUsd internal dollar;
    IUniswapV3Pool internal pool;
    TwapFeed internal feed;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        string memory json = vm.readFile(
            "node_modules/@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"
        );
        bytes memory code = vm.parseJsonBytes(json, ".bytecode");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        factory = IUniswapV3Factory(made);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(amount0, amount1);
    }

    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata) external {
        _pay(delta0 > 0 ? uint256(delta0) : 0, delta1 > 0 ? uint256(delta1) : 0);
    }

    /// @dev A pool at `tick`, told for R1 as the first token, with `liquidity` everywhere, and a feed that wants 1e12.
    function _open(bool tokenFirst, int24 tick, uint128 liquidity) internal {
        do {
            token = new PlainToken();
            dollar = new MockUsd();
        } while ((address(token) < address(dollar)) != tokenFirst);
        dollar.mint(address(this), 1e40);
        pool = IUniswapV3Pool(factory.createPool(address(token), address(dollar), FEE));
        pool.initialize(TickMath.getSqrtPriceAtTick(_oriented(tick)));
        pool.increaseObservationCardinalityNext(20);
        int24 edge = (TickMath.MAX_TICK / SPACING) * SPACING;
        pool.mint(address(this), -edge, edge, liquidity, "");
        feed = TwapFeed(_create("TwapFeed.sol:TwapFeed", abi.encode(pool, token, WINDOW, uint128(1e12))));
    }

    function _push(int24 tick) internal {
        uint160 target = TickMath.getSqrtPriceAtTick(_oriented(tick));
        (uint160 price, , , , , , ) = pool.slot0();
        pool.swap(address(this), target < price, 1e38, target, "");
    }

    function _pay(uint256 amount0, uint256 amount1) private {
        if (amount0 > 0) IERC20(pool.token0()).transfer(msg.sender, amount0);
        if (amount1 > 0) IERC20(pool.token1()).transfer(msg.sender, amount1);
    }

    /// @dev The tick as the pool counts it: the other way round when the dollar comes first.
    function _oriented(int24 tick) private view returns (int24) {
        return address(token) < address(dollar) ? tick : -tick;
    }
}
